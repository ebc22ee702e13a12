/// A source of frames with its sinks, brought to its end in four phases.
///
/// 1. **Open**: the initialiser opens everything that the run needs, so that what cannot be opened is an error before
///    anything is changed: the display, sockets, the renderer, and the folder of a dump last.
/// 2. **Confine** (``confine()``): the process gives up privileges that it does not need for the rest of the run.
/// 3. **Run** (``run()``): the source emits until its end, and the sinks bring theirs to an end.
/// 4. **Report** (``report()``): the result as values, which the caller prints.
///
/// All four are called on one thread, in this order, each once.
public protocol Run: AnyObject {
  /// Gives up privileges that the process does not need any more.
  func confine()

  /// Runs the source to its end, and the sinks after it. An error of either is thrown here, after the other sinks have
  /// brought theirs to an end.
  func run() throws

  /// The result of the run.
  func report() -> RunReport
}

extension Run {
  /// Keeps the process and those that it starts from gaining a privilege by executing a file.
  public func confine() {
    Confinement.dropPrivilegeGains()
  }

  /// Confines, runs and reports.
  public func complete() throws -> RunReport {
    confine()
    try run()
    return report()
  }
}

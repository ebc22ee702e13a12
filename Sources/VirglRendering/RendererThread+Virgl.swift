public import LinuxIO

extension RendererThread {
  /// Starts virglrenderer on a thread of its own, unless `interruption` becomes readable first. `log` gets what the library says, on any thread and at a bounded rate.
  public convenience init(
    _ options: VirglOptions, timeLimit: Duration, interruption: Descriptor? = nil,
    log: @escaping @Sendable (String) -> Void
  ) throws {
    try self.init(timeLimit: timeLimit, interruption: interruption, log: log) { try VirglRenderer(options, log: log) }
  }
}

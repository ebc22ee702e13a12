internal import DisplaySocket
internal import LinuxIO

/// Judges a VMM, the front end, from the other side: takes the place of a back end, and sends what a back end may send.
///
/// A VMM attaches its display when its guest's driver starts. When a case has cost the display or the VMM, the next case needs
/// another: a program is started again, and anybody else is waited for.
public struct FrontEndRun: Sendable {
  /// The path at which it listens.
  public var path: String
  /// The program that is the VMM, and its arguments; nil: somebody else starts it.
  public var program: (path: String, arguments: [String])?
  /// The cases.
  public var cases = ConformanceCase.allOfFrontEnds
  /// How long one case may take.
  public var timeout: Duration = .seconds(10)
  /// How long the loss of a connection may take to be noticed.
  public var settleTime: Duration = .milliseconds(500)
  /// How long a VMM may take until its guest's driver has started.
  public var patience: Duration = .seconds(60)
  /// Failures that are known.
  public var expected = ExpectedFailures()
  /// True: what the program prints goes to the standard output and error of this one.
  public var showsOutput = false

  /// A run that listens at a path.
  public init(path: String) {
    self.path = path
  }

  /// Plays the cases. Throws ``ConformanceRun/NotStarted`` when no VMM attaches a display at first.
  public func run(progress: (_ done: Int, _ count: Int) -> Void = { _, _ in }) throws -> ConformanceReport {
    let server = try JudgingServer(path: path)
    var entries: [ConformanceReport.Entry] = []
    var (process, display): (ChildProcess?, UnixSocket?) = (nil, nil)
    var hasGivenUp = false
    for (index, testCase) in cases.enumerated() {
      progress(index, cases.count)
      if display == nil, !hasGivenUp {
        (process, display) = try attach(server, after: process)
        hasGivenUp = display == nil
      }
      let start = ContinuousClock.now
      let result: CaseResult
      if let socket = display {
        result = judge(testCase, server, socket, process)
        if result.isFailure || !server.state.isConnected || !isOpen(socket) {
          // What is under way belongs to no further case, and a front end hears that its display is gone.
          socket.shutdown()
          display = nil
        }
      } else if index == 0 {
        throw ConformanceRun.NotStarted(
          description: "\(program?.path ?? "nobody") attached no display at \(path) within \(patience)")
      } else {
        result = .skipped("the front end attached no further display within \(patience)")
      }
      entries.append(
        ConformanceReport.Entry(
          testCase, result, expectedReason: expected.reasons[testCase.name],
          milliseconds: Int(start.duration(to: .now) / .milliseconds(1))))
    }
    progress(cases.count, cases.count)
    return ConformanceReport(backEnd: program?.path ?? path, entries: entries)
  }

  /// Waits for a display, and starts the program for it; no display: none came.
  private func attach(_ server: JudgingServer, after earlier: ChildProcess?) throws -> (ChildProcess?, UnixSocket?) {
    var process = earlier
    if let program {
      // The program before is killed when nothing refers to it any more, and its connection ends.
      process = nil
      _ = try server.wait(until: .now + .seconds(2)) { !$0.isConnected }
      _ = server.takeDisplay()
      let (_, theirs) = try UnixSocket.makePair()
      process = try ChildProcess(
        program.path, program.arguments, socket: theirs, output: showsOutput ? nil : try BackEndConnection.nowhere())
    }
    guard try server.wait(until: .now + patience, { $0.display != nil }), let descriptor = server.takeDisplay() else {
      return (process, nil)
    }
    try descriptor.setNonBlocking()
    return (process, UnixSocket(descriptor))
  }

  private func isOpen(_ socket: UnixSocket) -> Bool {
    (try? Descriptor.wait(forAny: [], orEndOf: socket, timeoutMilliseconds: 0)) == .timedOut
  }

  private func judge(
    _ testCase: ConformanceCase, _ server: JudgingServer, _ socket: UnixSocket, _ process: ChildProcess?
  ) -> CaseResult {
    guard case .frontEnd(let body) = testCase.body else { return .skipped("the case is about back ends") }
    let bench = FrontEndBench(socket, server, deadline: .now + timeout, settleTime: settleTime)
    do {
      try body(bench)
      return .passed
    } catch CaseStop.failed(let expected, let seen) {
      return .failed(expected: expected, seen: seen)
    } catch CaseStop.skipped(let reason) {
      return .skipped(reason)
    } catch CaseStop.hung(let what) {
      return .hung(what)
    } catch is FrontEndBench.FrontEndLeft {
      return ending(process) ?? .crashed("the front end closed the connection")
    } catch is FrontEndBench.DisplayClosed {
      return ending(process)
        ?? .failed(expected: "the display to stay", seen: "the front end closed its display socket")
    } catch {
      return ending(process) ?? .failed(expected: "the case to run", seen: shown(error))
    }
  }

  private func ending(_ process: ChildProcess?) -> CaseResult? {
    guard let process else { return nil }
    _ = try? process.end.wait(for: .readable, timeoutMilliseconds: 1000)
    return process.ending.map { .crashed($0.sentence) }
  }
}

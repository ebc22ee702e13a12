internal import GuestDriver
internal import LinuxIO
internal import VhostUser

/// Runs one case against a back end, and judges how it ended.
struct CaseRunner {
  let target: BackEndTarget
  let timeout: Duration
  let showsOutput: Bool

  /// How long the process of a closed connection has to end before it counts as alive, in milliseconds.
  private static let endTime: Int32 = 1000

  /// The result; `trace` gets what was said.
  /// Throws when there is no connection.
  func run(_ testCase: ConformanceCase, trace: TraceLog?) throws -> CaseResult {
    let bench = try ConnectionBench(target, timeout: timeout, showsOutput: showsOutput, trace: trace)
    switch testCase.body {
    case .frontEnd: return .skipped("the case is about front ends")
    case .connection(let body): return judge(testCase, bench) { try body(bench) }
    case .guest(let body):
      var guest: GuestBench?
      let result = judge(testCase, bench) {
        let made = try GuestBench(bench)
        guest = made
        try made.require(testCase.features)
        try body(made)
      }
      // What breaks the protocol of the display explains whatever follows.
      guard let violation = guest?.display.read({ $0.violation }) else { return result }
      return .failed(expected: "valid messages on the display socket", seen: violation)
    }
  }

  private func judge(_ testCase: ConformanceCase, _ bench: ConnectionBench, _ body: () throws -> Void) -> CaseResult {
    do {
      try body()
    } catch {
      return judge(error, testCase, bench)
    }
    return judgeEnd(bench, testCase, wasClosed: false) ?? .passed
  }

  private func judge(_ error: any Error, _ testCase: ConformanceCase, _ bench: ConnectionBench) -> CaseResult {
    let isClosed = (error as? FrontEndError) == .closed
    if let end = judgeEnd(bench, testCase, wasClosed: isClosed) { return end }
    switch error {
    case CaseStop.failed(let expected, let seen): return .failed(expected: expected, seen: seen)
    case CaseStop.skipped(let reason): return .skipped(reason)
    case CaseStop.hung(let what): return .hung(what)
    case let error as FrontEndError: return judge(error, testCase, bench)
    case DriverError.refused, DriverError.fenceLost:
      return .failed(expected: "the command to succeed and its fence to come back", seen: "\(error)")
    case let error as SystemError where error.isDisconnection:
      return testCase.mayEnd ? .passed : .failed(expected: "a connection", seen: "\(error)")
    default: return .failed(expected: "the case to run", seen: shown(error))
    }
  }

  private func judge(_ error: FrontEndError, _ testCase: ConformanceCase, _ bench: ConnectionBench) -> CaseResult {
    switch error {
    case .closed:
      return testCase.mayEnd ? .passed : .failed(expected: "the connection to stay", seen: "the back end closed it")
    case .timedOut: return .hung("\(error)")
    case .refused: return .failed(expected: "the message to be accepted", seen: "\(error)")
    case .wrongReply, .protocolError: return .failed(expected: "a reply of vhost-user", seen: "\(error)")
    case .noConfiguration: return .failed(expected: "a configuration space", seen: "\(error)")
    case .notShared, .system: return .failed(expected: "the case to run", seen: "\(error)")
    }
  }

  /// A process that has ended is the result, unless it may have and did so by itself. At a mistake of the virtual machine
  /// it may end with any status; at one of a guest that would be a guest's way to end what is its host's.
  private func judgeEnd(_ bench: ConnectionBench, _ testCase: ConformanceCase, wasClosed: Bool) -> CaseResult? {
    guard target.hasProcess,
      let ending = bench.connection.ending(withinMilliseconds: wasClosed ? Self.endTime : 0)
    else { return nil }
    if testCase.mayEnd, case .exited(let status) = ending, status == 0 || testCase.isAboutConnection { return .passed }
    return .crashed(ending.sentence)
  }
}

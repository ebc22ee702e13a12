internal import Glibc
public import LinuxIO

/// Back end that is judged.
public enum BackEndTarget: Sendable {
  /// A program, started anew for each case with these arguments and `--fd=NUMBER`, or with `--socket-path=PATH`.
  case program(String, arguments: [String] = [], usesSocketPath: Bool = false)
  /// A socket at which a back end listens.
  case socket(String)
  /// A back end in this process: the closure makes a connection to it.
  case connections(named: String, @Sendable () throws -> UnixSocket)

  /// Name in reports: the program or socket as it was given.
  public var name: String {
    switch self {
    case .program(let path, _, _), .socket(let path): path
    case .connections(let name, _): name
    }
  }

  /// True when each case has a process of its own.
  var hasProcess: Bool { if case .program = self { true } else { false } }
}

/// Connection to a back end, and its process if this program started it. The process is killed when this is released.
final class BackEndConnection {
  /// The socket.
  let socket: UnixSocket
  /// The process; nil: somebody else's.
  let process: ChildProcess?
  /// Path at which the process listens; nil: it was given its socket.
  private let path: String?

  /// Starts the back end, or connects to it. What it prints is discarded, unless `showsOutput`.
  init(_ target: BackEndTarget, before deadline: ContinuousClock.Instant, showsOutput: Bool) throws {
    switch target {
    case .socket(let path):
      socket = try UnixSocket.connect(to: path)
      process = nil
      self.path = path
    case .connections(_, let connect):
      socket = try connect()
      process = nil
      path = nil
    case .program(let program, let arguments, false):
      let (ours, theirs) = try UnixSocket.makePair()
      socket = ours
      process = try ChildProcess(
        program, arguments + ["--fd=\(ChildProcess.socketNumber)"], socket: theirs,
        output: showsOutput ? nil : try Self.nowhere())
      path = nil
    case .program(let program, let arguments, true):
      let path = "/tmp/scanout-conformance-\(UInt64.random(in: 0 ... .max)).sock"
      let (_, theirs) = try UnixSocket.makePair()
      let process = try ChildProcess(
        program, arguments + ["--socket-path=\(path)"], socket: theirs,
        output: showsOutput ? nil : try Self.nowhere())
      self.path = path
      self.process = process
      socket = try Self.connect(to: path, of: process, before: deadline)
    }
  }

  deinit {
    socket.shutdown()
    // Safe: the path is only read, up to its zero.
    if process != nil, let path { _ = unsafe unlink(path) }
  }

  /// Connects once more; nil when the back end takes one connection only.
  func again(_ target: BackEndTarget) throws -> UnixSocket? {
    switch target {
    case .connections(_, let connect): try connect()
    case .socket, .program:
      if let path { try UnixSocket.connect(to: path) } else { nil }
    }
  }

  /// How the process ended, waiting for it at most so long; nil: it runs, or is somebody else's.
  func ending(withinMilliseconds limit: Int32) -> ChildProcess.Ending? {
    guard let process else { return nil }
    _ = try? process.end.wait(for: .readable, timeoutMilliseconds: limit)
    return process.ending
  }

  /// A program that listens at a path takes a moment to do so. Its socket cannot be waited for, so it is tried again
  /// until the process ends.
  private static func connect(
    to path: String, of process: ChildProcess, before deadline: ContinuousClock.Instant
  ) throws -> UnixSocket {
    while true {
      do {
        return try UnixSocket.connect(to: path)
      } catch {
        guard ContinuousClock.now < deadline,
          try !process.end.wait(for: .readable, timeoutMilliseconds: 5)
        else { throw error }
      }
    }
  }

  /// A file that takes and discards everything.
  static func nowhere() throws(SystemError) -> Descriptor {
    // Safe: the path is only read, up to its zero.
    let file = unsafe Descriptor(owning: open("/dev/null", O_WRONLY | O_CLOEXEC))
    guard file.rawValue >= 0 else { throw SystemError("open /dev/null") }
    return file
  }
}

extension ChildProcess.Ending {
  /// A sentence about the process.
  var sentence: String {
    switch self {
    case .exited(let status): "the process ended with status \(status)"
    case .killed(let signal): "the process was killed by signal \(signal)\(Self.name(signal).map { " (\($0))" } ?? "")"
    }
  }

  private static func name(_ signal: Int32) -> String? {
    switch signal {
    case SIGSEGV: "SIGSEGV"
    case SIGABRT: "SIGABRT"
    case SIGBUS: "SIGBUS"
    case SIGFPE: "SIGFPE"
    case SIGILL: "SIGILL"
    case SIGTRAP: "SIGTRAP"
    case SIGPIPE: "SIGPIPE"
    case SIGKILL: "SIGKILL"
    case SIGTERM: "SIGTERM"
    default: nil
    }
  }
}

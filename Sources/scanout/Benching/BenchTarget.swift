import LinuxIO

/// Address of a back end to measure.
enum BenchTarget {
  /// This program, started a second time.
  case own
  /// A back-end program that serves the descriptor passed with `--fd`, as QEMU's do.
  case program(String)
  /// A socket at which a back end listens.
  case socket(String)

  /// Name in the table.
  var name: String {
    switch self {
    case .own: "this device"
    case .program(let path), .socket(let path): String(path.split(separator: "/").last ?? "")
    }
  }

  /// Name in an error.
  var description: String {
    switch self {
    case .own: name
    case .program(let path), .socket(let path): path
    }
  }

  /// Starts the back end, or connects to it. A started process ends when its `ChildProcess` is released.
  func connect() throws(SystemError) -> (UnixSocket, ChildProcess?) {
    switch self {
    case .socket(let path): return (try UnixSocket.connect(to: path), nil)
    case .program(let path): return try start(path, [])
    case .own: return try start("/proc/self/exe", ["serve", "--discard", "--log-level", "warning"])
    }
  }

  private func start(_ path: String, _ arguments: [String]) throws(SystemError) -> (UnixSocket, ChildProcess?) {
    let (ours, theirs) = try UnixSocket.makePair()
    return (ours, try ChildProcess(path, arguments + ["--fd=\(ChildProcess.socketNumber)"], socket: theirs))
  }
}

/// Error of a back end that cannot be measured.
struct BenchError: Error, CustomStringConvertible {
  let target: BenchTarget
  let reason: String

  var description: String { "\(target.description) cannot be measured: \(reason)" }
}

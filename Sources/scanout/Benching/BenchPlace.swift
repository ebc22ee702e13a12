import LinuxIO

/// Where a back end is that is to be measured.
enum BenchPlace {
  /// This program, started once more.
  case own
  /// A back-end program that serves the descriptor it is given, as QEMU's do.
  case program(String)
  /// A socket at which a back end listens.
  case socket(String)

  /// What the table calls it.
  var name: String {
    switch self {
    case .own: "this device"
    case .program(let path), .socket(let path): String(path.split(separator: "/").last ?? "")
    }
  }

  /// Where it is, for an error.
  var description: String {
    switch self {
    case .own: name
    case .program(let path), .socket(let path): path
    }
  }

  /// Starts or reaches the back end. A process ends when it is dropped.
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

/// A back end that cannot be measured.
struct BenchError: Error, CustomStringConvertible {
  let place: BenchPlace
  let reason: String

  var description: String { "\(place.description) cannot be measured: \(reason)" }
}

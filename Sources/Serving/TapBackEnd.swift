internal import Glibc
internal import LinuxIO
internal import Text

/// Back end behind a tap: where its socket comes from.
public enum TapBackEnd: Sendable {
  /// Path of a socket at which a back end listens.
  case socket(String)
  /// Path of a back-end program, which is started for each virtual machine with `--fd=NUMBER` and these arguments.
  case program(String, arguments: [String])

  /// Name in a log.
  var name: String {
    switch self {
    case .socket(let path), .program(let path, _): path.printable
    }
  }

  /// Connects to the back end, or starts it. Never waits.
  func open() throws(TapBackEndError) -> (UnixSocket, ChildProcess?) {
    do throws(SystemError) {
      switch self {
      case .socket(let path): return (try UnixSocket.connectNow(to: path), nil)
      case .program(let path, let arguments):
        let (ours, theirs) = try UnixSocket.makePair()
        let child = try ChildProcess(path, ["--fd=\(ChildProcess.socketNumber)"] + arguments, socket: theirs)
        return (ours, child)
      }
    } catch {
      throw TapBackEndError(backEnd: self, error: error)
    }
  }
}

/// Error of a back end that cannot be reached.
struct TapBackEndError: Error, CustomStringConvertible {
  let backEnd: TapBackEnd
  let error: SystemError

  var description: String {
    switch (backEnd, error.code) {
    case (.socket, ENOENT), (.socket, ECONNREFUSED):
      "nothing listens at \(backEnd.name): start the back end there, then the virtual machine again"
    case (.socket, EAGAIN): "the back end at \(backEnd.name) accepts no connection: it serves others"
    case (.socket, _): "the back end at \(backEnd.name) cannot be reached: \(error)"
    case (.program, ENOENT): "there is no back-end program \(backEnd.name)"
    case (.program, _): "the back-end program cannot be used: \(error)"
    }
  }
}

internal import Glibc
public import LinuxIO

/// Client of a control socket: sends a request and waits for its response. Used from one thread.
public final class ControlClient {
  /// How long a device may take for a response, in milliseconds.
  private static let timeout: Int32 = 10_000

  private let path: String
  private let socket: UnixSocket
  private var input = LineBuffer(limit: ControlResponse.longest)
  private var descriptors: [Descriptor] = []

  /// Connects to the socket at a path.
  public init(path: String) throws {
    self.path = path
    socket = try Self.connect(to: path)
    try socket.descriptor.setNonBlocking()
  }

  deinit {
    socket.shutdown()
  }

  private static func connect(to path: String) throws -> UnixSocket {
    do throws(SystemError) {
      return try UnixSocket.connect(to: path)
    } catch {
      guard error.code == ENOENT || error.code == ECONNREFUSED else { throw error }
      throw ControlError("no process listens at \(path): start scanout serve --control \(path)")
    }
  }

  /// Attaches a display: returns our end of a display socket, whose other end sends the device's frames from now on.
  public func attachDisplay() throws -> Descriptor {
    let response: ControlResponse
    do {
      response = try send(.attachDisplay)
    } catch let error as ControlError {
      throw ControlError("\(path) is not a control socket of scanout serve: \(error)")
    }
    if let error = response.error { throw ControlError(error) }
    guard let descriptor = descriptors.popLast() else {
      throw ControlError("\(path) is not a control socket of scanout serve: its response came without a display socket")
    }
    return descriptor
  }

  /// Sends a request and returns its response, which may be an error.
  public func send(_ request: ControlRequest) throws -> ControlResponse {
    descriptors = []
    do throws(SystemError) {
      try socket.send(request.line + [0x0a])
    } catch {
      // A device that closed the connection has said why, which can still be read.
      guard error.isDisconnection else { throw error }
    }
    var isEnd = false
    while true {
      switch input.next(isEnd: isEnd) {
      case .line(let line): return try ControlResponse(line: line)
      case .tooLong: throw ControlError("the response from \(path) is longer than \(ControlResponse.longest) bytes")
      case nil: break
      }
      guard !isEnd else {
        throw ControlError(
          "\(path) was closed without a response: is it the socket that scanout serve --control names, and not the "
            + "virtual machine's?")
      }
      guard try socket.descriptor.wait(for: .readable, timeoutMilliseconds: Self.timeout) else {
        throw ControlError("no response came from \(path) within \(Self.timeout / 1000) s")
      }
      do throws(SystemError) {
        let received = try socket.receive(4096, maximumDescriptors: 1)
        // Those of the response to `attachDisplay`.
        descriptors += received.descriptors
        input.append(received.bytes)
        isEnd = received.isEnd
      } catch {
        // A peer that closes without having read what it was sent.
        guard error.isDisconnection else { throw error }
        isEnd = true
      }
    }
  }
}

internal import DisplaySocket
internal import LinuxIO
internal import Wire

/// A display socket of the front end that is judged: a case sends what a back end may send, and what it may not.
final class FrontEndBench {
  private let socket: UnixSocket
  private let server: JudgingServer
  private let deadline: ContinuousClock.Instant
  private let settleTime: Duration

  init(
    _ socket: UnixSocket, _ server: JudgingServer, deadline: ContinuousClock.Instant, settleTime: Duration
  ) {
    self.settleTime = settleTime
    self.socket = socket
    self.server = server
    self.deadline = deadline
  }

  /// The front end closed the display socket.
  struct DisplayClosed: Error {}

  // MARK: Messages

  /// Sends a message, or anything else.
  func send(_ request: UInt32, _ words: [UInt32] = [], pixels: Int = 0, claiming size: UInt32? = nil) throws {
    var writer = ByteWriter(capacity: 12 + 4 * words.count + pixels)
    writer.u32(request)
    writer.u32(0)
    writer.u32(size ?? UInt32(4 * words.count + pixels))
    for word in words { writer.u32(word) }
    writer.bytes(repeatElement(0x55, count: pixels))
    try send(writer.bytes)
  }

  func send(_ request: DisplaySocketRequest, _ words: [UInt32] = [], pixels: Int = 0) throws {
    try send(request.rawValue, words, pixels: pixels)
  }

  /// Sends bytes.
  func send(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      do {
        if let sent = try socket.sendSome(Array(rest)) {
          rest = rest.dropFirst(sent)
          continue
        }
      } catch {
        throw error.isDisconnection ? DisplayClosed() : error
      }
      guard try socket.descriptor.wait(for: .writable, timeoutMilliseconds: milliseconds) else {
        throw CaseStop.hung("the front end to read its display socket")
      }
    }
  }

  /// Asks something, and returns the payload of the reply, which has this length.
  func ask(_ request: DisplaySocketRequest, _ words: [UInt32] = [], replySize: Int) throws -> [UInt8] {
    try send(request, words)
    return try reply(to: request, count: replySize)
  }

  /// The payload of the next reply, which belongs to this request and has this length.
  func reply(to request: DisplaySocketRequest, count replySize: Int) throws -> [UInt8] {
    var reader = ByteReader(try receive(12, "the reply to \(request)"))
    let (number, flags, size) = (try reader.u32(), try reader.u32(), try reader.u32())
    try expect(number, request.rawValue, "a reply with the number of its request,")
    try expect(flags & 4, 4, "a reply with the flag")
    try expect(size, UInt32(replySize), "a reply of the length")
    return try receive(replySize, "the reply to \(request)")
  }

  private func receive(_ count: Int, _ what: String) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      guard try socket.descriptor.wait(for: .readable, timeoutMilliseconds: milliseconds) else {
        throw CaseStop.hung(what)
      }
      do {
        let received = try socket.receive(count - bytes.count)
        guard !received.isEnd else { throw DisplayClosed() }
        bytes += received.bytes
      } catch let error as SystemError {
        throw error.isDisconnection ? DisplayClosed() : error
      }
    }
    return bytes
  }

  private var milliseconds: Int32 {
    Int32(max(0, min(ContinuousClock.now.duration(to: deadline) / .milliseconds(1), 86_400_000)).rounded(.up))
  }

  // MARK: What the front end does then

  /// The front end has read everything, and replies.
  func requireAlive() throws {
    _ = try ask(.getProtocolFeatures, replySize: 8)
  }

  /// The front end refuses a message by closing the display, or goes on; the virtual machine stays in either case.
  func tolerates(_ body: () throws -> Void) throws {
    do {
      try body()
      try requireAlive()
    } catch is DisplayClosed {
      // One that ended closed both sockets; the other end is told a moment later.
      try requireConnection()
    }
  }

  /// The front end's process ended, or it gave its device up.
  struct FrontEndLeft: Error {}

  /// Closes the display socket.
  func closeDisplay() {
    socket.shutdown()
  }

  /// Waits for a moment, and throws when the front end has left by then.
  func requireConnection() throws {
    if try server.wait(until: min(deadline, .now + settleTime), { !$0.isConnected }) { throw FrontEndLeft() }
  }
}

import LinuxIO
import DisplaySocket
import VirtioGPU
import Wire

/// Scripted back end of a display socket: sends any bytes and reads the replies of a ``DisplayFrontEnd``.
final class DisplayPeer {
  let socket: UnixSocket
  let frontEnd: DisplayFrontEnd

  init(_ outputs: [Output] = [], keepsFrames: Bool = false) throws {
    let (near, far) = try UnixSocket.makePair()
    socket = far
    frontEnd = try DisplayFrontEnd(near, outputs: outputs, keepsFrames: keepsFrames)
  }

  /// Little-endian words.
  static func words(_ values: [UInt32]) -> [UInt8] {
    var writer = ByteWriter()
    for value in values { writer.u32(value) }
    return writer.bytes
  }

  func send(_ request: UInt32, _ fields: UInt32..., pixels: [UInt8] = [], descriptors: [Descriptor] = []) throws {
    let payload = Self.words(fields) + pixels
    try socket.send(Self.words([request, 0, UInt32(payload.count)]) + payload, descriptors: descriptors)
  }

  /// The next reply: its request, its flags and its payload; nil when the front end closed the socket.
  func reply() throws -> (request: UInt32, flags: UInt32, payload: [UInt8])? {
    guard let header = try receive(12) else { return nil }
    var reader = ByteReader(header)
    let (request, flags, count) = (try reader.u32(), try reader.u32(), try reader.u32())
    return (request, flags, try receive(Int(count)) ?? [])
  }

  private func receive(_ count: Int) throws -> [UInt8]? {
    var bytes: [UInt8] = []
    while bytes.count < count {
      guard try socket.descriptor.wait(for: .readable, timeoutMilliseconds: 10_000) else { throw NoReply() }
      let received = try socket.receive(count - bytes.count)
      if received.isEnd { return nil }
      bytes += received.bytes
    }
    return bytes
  }

  /// The events recorded once everything sent so far has been processed: the request after it has its reply.
  func traffic() throws -> DisplayTraffic {
    try send(1)
    _ = try reply()
    return frontEnd.traffic
  }

  /// How the conversation ended; waits for it.
  func end() throws -> DisplayEnd? {
    while try reply() != nil {}
    return frontEnd.traffic.end
  }

  struct NoReply: Error {}
}

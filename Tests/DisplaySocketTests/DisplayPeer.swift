import LinuxIO
import DisplaySocket
import VirtioGPU
import Wire

/// A back end by hand: says what it likes over a display socket, and hears what a ``DisplayFrontEnd`` answers.
final class DisplayPeer {
  let socket: UnixSocket
  let frontEnd: DisplayFrontEnd

  init(_ outputs: [Output] = []) throws {
    let (near, far) = try UnixSocket.makePair()
    socket = far
    frontEnd = try DisplayFrontEnd(near, outputs: outputs)
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

  /// The next answer: its request, its flags and its payload; nil when the front end closed the socket.
  func answer() throws -> (request: UInt32, flags: UInt32, payload: [UInt8])? {
    guard let header = try receive(12) else { return nil }
    var reader = ByteReader(header)
    let (request, flags, count) = (try reader.u32(), try reader.u32(), try reader.u32())
    return (request, flags, try receive(Int(count)) ?? [])
  }

  private func receive(_ count: Int) throws -> [UInt8]? {
    var bytes: [UInt8] = []
    while bytes.count < count {
      guard try socket.descriptor.wait(for: .readable, timeoutMilliseconds: 10_000) else { throw NoAnswer() }
      let received = try socket.receive(count - bytes.count)
      if received.isEnd { return nil }
      bytes += received.bytes
    }
    return bytes
  }

  /// What came, once all that was sent has been dealt with: the question behind it is answered.
  func traffic() throws -> DisplayTraffic {
    try send(1)
    _ = try answer()
    return frontEnd.traffic
  }

  /// How the conversation ended; waits for it.
  func end() throws -> DisplayEnd? {
    while try answer() != nil {}
    return frontEnd.traffic.end
  }

  struct NoAnswer: Error {}
}

package import Wire

/// The twelve bytes before every payload, in the byte order of the machine that both ends run on.
package struct MessageHeader: Equatable, Sendable {
  package static let size = 12
  /// No message that we know has more than 2056 bytes; a peer that claims much more is not speaking this protocol.
  package static let largestPayload = 4096

  /// Which message this is; the numbers of the two directions are independent.
  package var request: UInt32
  package var flags: Flags
  /// The bytes of payload that follow.
  package var payloadSize: UInt32

  package struct Flags: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) {
      self.rawValue = rawValue
    }

    /// The only version there is, in the lowest two bits.
    package static let version = Flags(rawValue: 1)
    /// The message is the reply to a request.
    package static let reply = Flags(rawValue: 1 << 2)
    /// The sender waits for a reply, even if the request has none of its own.
    package static let needsReply = Flags(rawValue: 1 << 3)

    var hasKnownVersion: Bool { rawValue & 3 == 1 }
  }

  package init(request: UInt32, flags: Flags, payloadSize: UInt32) {
    self.request = request
    self.flags = flags
    self.payloadSize = payloadSize
  }

  package init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    request = try reader.u32()
    flags = Flags(rawValue: try reader.u32())
    payloadSize = try reader.u32()
  }

  package func encode(to writer: inout ByteWriter) {
    writer.u32(request)
    writer.u32(flags.rawValue)
    writer.u32(payloadSize)
  }
}

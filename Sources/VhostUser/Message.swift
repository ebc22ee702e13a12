package import LinuxIO
internal import Wire

/// One whole message as it came, not yet understood.
package struct Message: Sendable {
  package var header: MessageHeader
  package var payload: [UInt8]
  package var descriptors: [Descriptor]

  /// Header and payload, one after the other.
  package static func encode(request: UInt32, flags: MessageHeader.Flags, payload: [UInt8]) -> [UInt8] {
    var writer = ByteWriter(capacity: MessageHeader.size + payload.count)
    MessageHeader(request: request, flags: flags, payloadSize: UInt32(payload.count)).encode(to: &writer)
    writer.bytes(payload)
    return writer.bytes
  }
}

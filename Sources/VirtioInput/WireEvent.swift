internal import Wire

/// Event as it lies in a buffer of the driver (specification: `struct virtio_input_event`).
struct WireEvent: Equatable {
  /// In bytes.
  static let size = 8
  /// The end of a batch (`SYN_REPORT`): what came before it happened at once.
  static let report = WireEvent(type: EventType.synchronization, code: 0, value: 0)

  var type: UInt16
  var code: UInt16
  var value: Int32

  init(type: UInt16, code: UInt16, value: Int32) {
    self.type = type
    self.code = code
    self.value = value
  }

  init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    type = try reader.u16()
    code = try reader.u16()
    value = Int32(bitPattern: try reader.u32())
  }

  var bytes: [UInt8] {
    var writer = ByteWriter(capacity: Self.size)
    writer.u16(type)
    writer.u16(code)
    writer.u32(UInt32(bitPattern: value))
    return writer.bytes
  }
}

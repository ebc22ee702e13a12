internal import Wire

/// The twelve bytes before every payload, in the byte order of the machine that both ends run on.
struct DisplaySocketHeader: Equatable {
  static let size = 12
  /// The message is the reply to a request.
  static let replyFlag: UInt32 = 4

  var request: UInt32
  /// Those of a request mean nothing: QEMU's back end sends whatever was in its memory.
  var flags: UInt32
  var payloadSize: UInt32

  init(request: DisplaySocketRequest, flags: UInt32 = 0, payloadSize: Int) {
    self.request = request.rawValue
    self.flags = flags
    self.payloadSize = UInt32(clamping: payloadSize)
  }

  init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    request = try reader.u32()
    flags = try reader.u32()
    payloadSize = try reader.u32()
  }

  func write(to writer: inout ByteWriter) {
    writer.u32(request)
    writer.u32(flags)
    writer.u32(payloadSize)
  }
}

internal import Display
internal import Wire

/// What a back end sends over the display socket (QEMU, "Vhost-user-gpu Protocol", `VHOST_USER_GPU_…`).
///
/// Each has a shape that is checked before anything else is. Those of dma-bufs with modifiers are missing: a back end
/// may send them only when they were agreed on, and ``DisplayFrontEnd`` does not offer them.
enum DisplaySocketRequest: UInt32, CaseIterable, Sendable {
  case getProtocolFeatures = 1
  case setProtocolFeatures
  case getDisplayInfo
  case cursorPosition
  case cursorPositionHide
  case cursorUpdate
  case scanout
  case update
  case dmabufScanout
  case dmabufUpdate
  case getEDID

  /// The bytes of the fields that its payload begins with.
  var fieldsSize: Int {
    switch self {
    case .getProtocolFeatures, .getDisplayInfo: 0
    case .getEDID: 4
    case .setProtocolFeatures: 8
    case .cursorPosition, .cursorPositionHide, .scanout: 12
    case .cursorUpdate, .update, .dmabufUpdate: 20
    case .dmabufScanout: 40
    }
  }

  /// How many bytes of payload it may have; an update says in its fields how many of them are pixels.
  var payloadSizes: ClosedRange<Int> {
    switch self {
    case .cursorUpdate: fieldsSize + Self.cursorPixelsSize...fieldsSize + Self.cursorPixelsSize
    case .update: fieldsSize...fieldsSize + Self.largestSide * Self.largestSide * PixelFormat.bytesPerPixel
    default: fieldsSize...fieldsSize
    }
  }

  /// How many descriptors may come with it.
  var descriptorCounts: ClosedRange<Int> {
    self == .dmabufScanout ? 0...1 : 0...0
  }

  /// The largest side of a frame in pixels: more than any output has, and few enough that the length of an update fits its
  /// field.
  static let largestSide = 16384

  /// The bytes of a cursor, which always has 64 × 64 pixels here.
  private static let cursorPixelsSize = 64 * 64 * PixelFormat.bytesPerPixel
}

/// The twelve bytes before every payload, in the byte order of the machine that both ends run on.
struct DisplaySocketHeader: Equatable {
  static let size = 12
  /// The message is the reply to a request.
  static let replyFlag: UInt32 = 4

  var request: UInt32
  /// Those of a request mean nothing: QEMU's back end sends whatever was in its memory.
  var flags: UInt32
  var payloadSize: UInt32

  init(request: DisplaySocketRequest, flags: UInt32, payloadSize: Int) {
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

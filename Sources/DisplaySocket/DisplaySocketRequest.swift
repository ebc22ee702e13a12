internal import Display
internal import Wire

/// Request of a display socket, by the number that it has on the wire (QEMU, "Vhost-user-gpu Protocol",
/// `VHOST_USER_GPU_…`).
///
/// The back end sends those up to ``ended``, the front end the rest and the replies. From ``surface`` on they are Scanout's
/// own, and only sent when ``DisplayFeatures/surfaces`` was agreed on.
public enum DisplaySocketRequest: UInt32, CaseIterable, Hashable, Sendable {
  /// Asks for the features of the front end; has a reply.
  case getProtocolFeatures = 1
  /// Says which features the back end uses.
  case setProtocolFeatures
  /// Asks for the outputs; has a reply.
  case getDisplayInfo
  /// Moves the cursor.
  case cursorPosition
  /// Hides the cursor.
  case cursorPositionHide
  /// Sets the cursor's image, of 64 × 64 pixels.
  case cursorUpdate
  /// Sets the size of a scanout, or switches it off.
  case scanout
  /// Brings pixels.
  case update
  /// Shows a buffer that both ends share.
  case dmabufScanout
  /// Says which part of that buffer changed; has an empty reply.
  case dmabufUpdate
  /// Asks for an EDID; has a reply.
  case getEDID
  /// Shows a buffer that both ends share, and names its modifier.
  case dmabufScanout2

  /// Shows a surface that lies in a file.
  case surface = 0x5C00
  /// Says which part of that surface changed.
  case damage
  /// Sets the cursor's image, of any size.
  case cursorImage
  /// Says that what was damaged so far is one frame.
  case frame
  /// Names the source, for titles of windows.
  case name
  /// Says that the source has ended; the last frames stay.
  case ended

  /// Asks the back end for frames of another size.
  case resize = 0x5C80
  /// Tells the back end that a frame was shown.
  case presented
  /// Tells the back end that the user closed a scanout's window.
  case close
  /// Tells the back end what the user's keyboard, pointing device or touch screen did.
  case input

  /// The bytes of the fields that its payload begins with.
  var fieldsSize: Int {
    switch self {
    case .getProtocolFeatures, .getDisplayInfo, .name, .ended: 0
    case .getEDID, .close: 4
    case .setProtocolFeatures: 8
    case .cursorPosition, .cursorPositionHide, .scanout, .frame, .resize, .presented: 12
    case .cursorUpdate, .update, .dmabufUpdate, .damage, .input: 20
    case .cursorImage: 24
    case .surface: 28
    case .dmabufScanout: 40
    case .dmabufScanout2: 48
    }
  }

  /// How many bytes of payload it may have. Those beyond the fields are pixels, or the name.
  var payloadSizes: ClosedRange<Int> {
    switch self {
    case .cursorUpdate: fieldsSize + Self.cursorPixelsSize...fieldsSize + Self.cursorPixelsSize
    case .update: fieldsSize...fieldsSize + Self.largestSide * Self.largestSide * PixelFormat.bytesPerPixel
    case .cursorImage:
      fieldsSize...fieldsSize + Self.largestCursorSide * Self.largestCursorSide * PixelFormat.bytesPerPixel
    case .name: 0...Self.longestName
    default: fieldsSize...fieldsSize
    }
  }

  /// How many descriptors may come with it.
  var descriptorCounts: ClosedRange<Int> {
    switch self {
    case .dmabufScanout, .dmabufScanout2: 0...1
    case .surface: 1...1
    default: 0...0
    }
  }

  /// The bytes of the reply's payload; nil: it has no reply.
  var replySize: Int? {
    switch self {
    case .getProtocolFeatures: 8
    case .getDisplayInfo: 408
    case .getEDID: 1056
    case .dmabufUpdate: 0
    default: nil
    }
  }

  /// True for the requests of a front end; the others are those of a back end.
  var isOfFrontEnd: Bool {
    switch self {
    case .resize, .presented, .close, .input: true
    default: false
    }
  }

  /// The feature that both ends must have agreed on before it may be sent; empty: none.
  var feature: DisplayFeatures {
    switch self {
    case .getEDID: .edid
    case .dmabufScanout2: .modifiers
    case .surface, .damage, .cursorImage, .frame, .name, .ended, .resize, .presented, .close, .input: .surfaces
    default: []
    }
  }

  /// The largest side of a frame in pixels: more than any output has, and few enough that the length of an update fits its
  /// field.
  static let largestSide = 16384

  /// The largest side of a ``cursorImage`` in pixels.
  static let largestCursorSide = 512

  /// The most bytes of a ``name``.
  static let longestName = 255

  /// The side of the cursor of ``cursorUpdate``, in pixels.
  static let cursorSide: UInt32 = 64

  /// The bytes of that cursor.
  static let cursorPixelsSize = 64 * 64 * PixelFormat.bytesPerPixel
}

public import Display
internal import Wire

/// What a ``FakeRenderer`` is told in SUBMIT_3D.
public enum FakeCommand: Sendable {
  /// All of a texture gets one colour.
  case fill(resource: UInt32, Color)
  /// The renderer fails.
  case fail

  /// The command's bytes.
  public var bytes: [UInt8] {
    var writer = ByteWriter(capacity: 12)
    switch self {
    case .fill(let resource, let color):
      writer.u32(1)
      writer.u32(resource)
      writer.bytes([color.red, color.green, color.blue, color.alpha])
    case .fail:
      writer.u32(2)
    }
    return writer.bytes
  }

  init?(_ reader: inout ByteReader) throws(TruncatedBytes) {
    switch try reader.u32() {
    case 1:
      let resource = try reader.u32()
      let (red, green, blue, alpha) = (try reader.u8(), try reader.u8(), try reader.u8(), try reader.u8())
      self = .fill(resource: resource, Color(red: red, green: green, blue: blue, alpha: alpha))
    case 2: self = .fail
    default: return nil
    }
  }
}

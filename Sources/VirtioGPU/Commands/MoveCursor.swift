public import Wire

/// Changes the cursor's position, and hides it when the resource is 0; the device does not read the hot spot, and any other
/// resource stands for the image that was shown last.
public struct MoveCursor: Command {
  public static let type = CommandType.moveCursor
  /// The scanout and the position.
  public var fields: CursorFields

  /// Moves the cursor to the position of `fields`.
  public init(_ fields: CursorFields) {
    self.fields = fields
  }

  public init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    fields = try CursorFields(&reader)
  }

  public func write(to writer: inout ByteWriter) {
    fields.write(to: &writer)
  }
}

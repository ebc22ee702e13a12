public import Wire

/// Changes the cursor's image and position.
public struct UpdateCursor: Command {
  public static let type = CommandType.updateCursor
  /// The scanout, the image and the position.
  public var fields: CursorFields

  /// Shows the cursor of `fields`.
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

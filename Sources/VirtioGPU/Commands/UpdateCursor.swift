public import Wire

/// Changes the pointer's image and place.
public struct UpdateCursor: Command {
  public static let type = CommandType.updateCursor
  /// What and where.
  public var fields: CursorFields

  /// Shows the pointer of `fields`.
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

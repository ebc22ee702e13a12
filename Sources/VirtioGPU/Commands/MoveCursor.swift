public import Wire

/// Changes the pointer's place alone; the device reads nothing but the output and the position.
public struct MoveCursor: Command {
  public static let type = CommandType.moveCursor
  /// What and where.
  public var fields: CursorFields

  /// Moves the pointer to the place of `fields`.
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

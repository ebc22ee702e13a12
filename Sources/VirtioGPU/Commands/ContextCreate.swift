public import Wire

/// Makes a rendering context with the id of the header (specification: `struct virtio_gpu_ctx_create`).
public struct ContextCreate: Command {
  public static let type = CommandType.contextCreate
  /// Bytes of the name's field.
  static let nameSize = 64
  /// How much of ``name`` is meant, in bytes, as the driver claims.
  public var nameCount: UInt32
  /// The low eight bits are the capability set that its commands follow; 0: the device chooses.
  public var contextInit: UInt32
  /// What the guest calls it, for logs: 64 bytes.
  public var name: [UInt8]

  /// A context whose commands follow `capset`, with a name of at most 64 bytes.
  public init(capset: UInt32 = 0, name: String = "") {
    let bytes = Array(name.utf8.prefix(Self.nameSize))
    nameCount = UInt32(bytes.count)
    contextInit = capset
    self.name = bytes + [UInt8](repeating: 0, count: Self.nameSize - bytes.count)
  }

  public init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    nameCount = try reader.u32()
    contextInit = try reader.u32()
    name = try reader.bytes(Self.nameSize)
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(nameCount)
    writer.u32(contextInit)
    writer.bytes(name)
  }

  /// The name as text, without what a terminal would take as a command.
  var title: String {
    let meant = name.prefix(Int(min(nameCount, UInt32(Self.nameSize)))).prefix { $0 != 0 }
    return String(decoding: meant.map { (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
  }
}

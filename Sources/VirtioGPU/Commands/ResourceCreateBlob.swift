public import Wire

/// Makes a resource that is a run of bytes (specification: `struct virtio_gpu_resource_create_blob`). The list of
/// ``MemoryEntry`` follows the fields.
public struct ResourceCreateBlob: Command {
  public static let type = CommandType.resourceCreateBlob
  /// The new resource.
  public var resourceID: UInt32
  /// A ``BlobMemory``, unchecked.
  public var memory: UInt32
  /// ``BlobFlags``, unchecked.
  public var flags: UInt32
  /// How many entries follow, as the driver claims.
  public var entryCount: UInt32
  /// The context's own object that the bytes belong to; 0 for memory of the guest alone.
  public var blobID: UInt64
  /// The length in bytes.
  public var size: UInt64

  /// A blob of these fields.
  public init(
    resourceID: UInt32, memory: BlobMemory, flags: BlobFlags = [], entryCount: UInt32 = 0, blobID: UInt64 = 0,
    size: UInt64
  ) {
    self.resourceID = resourceID
    self.memory = memory.rawValue
    self.flags = flags.rawValue
    self.entryCount = entryCount
    self.blobID = blobID
    self.size = size
  }

  public init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    resourceID = try reader.u32()
    memory = try reader.u32()
    flags = try reader.u32()
    entryCount = try reader.u32()
    blobID = try reader.u64()
    size = try reader.u64()
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(resourceID)
    writer.u32(memory)
    writer.u32(flags)
    writer.u32(entryCount)
    writer.u64(blobID)
    writer.u64(size)
  }
}

/// Where the bytes of a blob are (specification: `VIRTIO_GPU_BLOB_MEM_…`).
public enum BlobMemory: UInt32, Sendable {
  /// The guest's own memory. The specification calls this `VIRTIO_GPU_BLOB_MEM_GUEST`.
  case guest = 1
  /// The host's. The specification calls this `VIRTIO_GPU_BLOB_MEM_HOST3D`.
  case host3D
  /// The host's, with guest memory as a backing that transfers bring up to date. The specification calls this
  /// `VIRTIO_GPU_BLOB_MEM_HOST3D_GUEST`.
  case host3DGuest
}

/// The uses of a blob that a guest announces (specification: `VIRTIO_GPU_BLOB_FLAG_…`).
public struct BlobFlags: OptionSet, Sendable {
  /// The bits on the wire.
  public let rawValue: UInt32

  /// Flags by their bits.
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// Programs of the guest will see its bytes.
  public static let mappable = BlobFlags(rawValue: 1)
  /// Other processes of the guest will use it.
  public static let shareable = BlobFlags(rawValue: 2)
  /// Other devices of the guest will use it.
  public static let crossDevice = BlobFlags(rawValue: 4)
  /// All flags.
  static let all: BlobFlags = [.mappable, .shareable, .crossDevice]
}

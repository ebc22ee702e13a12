/// A blob that a renderer makes.
public struct RendererBlob: Equatable, Sendable {
  /// The new resource.
  public var resourceID: UInt32
  /// The context that the object belongs to.
  public var context: UInt32
  /// Never ``BlobMemory/guest``: such blobs are the device's.
  public var memory: BlobMemory
  /// What for.
  public var flags: BlobFlags
  /// The object.
  public var blobID: UInt64
  /// Bytes; at most as many as the object has.
  public var size: UInt64

  /// A blob of these fields.
  public init(
    resourceID: UInt32, context: UInt32, memory: BlobMemory, flags: BlobFlags, blobID: UInt64, size: UInt64
  ) {
    self.resourceID = resourceID
    self.context = context
    self.memory = memory
    self.flags = flags
    self.blobID = blobID
    self.size = size
  }
}

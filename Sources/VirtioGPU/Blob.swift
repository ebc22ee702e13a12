/// What the device knows of a blob.
final class Blob {
  let memory: BlobMemory
  let flags: BlobFlags
  /// In bytes.
  let size: UInt64

  init(memory: BlobMemory, flags: BlobFlags, size: UInt64) {
    self.memory = memory
    self.flags = flags
    self.size = size
  }
}

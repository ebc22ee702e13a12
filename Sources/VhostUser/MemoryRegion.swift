public import LinuxIO
package import Wire

/// Where a piece of shared memory lies: in the guest, in the front end's process, and in its file. In bytes.
public struct MemoryRegion: Equatable, Sendable {
  static let size = 32

  /// Its first guest-physical address.
  public var guestAddress: UInt64
  /// Its length.
  public var count: UInt64
  /// Its first address in the front end's process, which ring addresses count from.
  public var userAddress: UInt64
  /// Where it starts in its file.
  public var fileOffset: UInt64

  /// A region; nothing is checked until it is mapped.
  public init(guestAddress: UInt64, count: UInt64, userAddress: UInt64, fileOffset: UInt64) {
    self.guestAddress = guestAddress
    self.count = count
    self.userAddress = userAddress
    self.fileOffset = fileOffset
  }

  /// True when both lie at the same place, which is how the two ends name a region that was added before.
  func isSlot(_ other: MemoryRegion) -> Bool {
    guestAddress == other.guestAddress && userAddress == other.userAddress && count == other.count
  }

  package init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    guestAddress = try reader.u64()
    count = try reader.u64()
    userAddress = try reader.u64()
    fileOffset = try reader.u64()
  }

  package func encode(to writer: inout ByteWriter) {
    writer.u64(guestAddress)
    writer.u64(count)
    writer.u64(userAddress)
    writer.u64(fileOffset)
  }
}

/// A region together with the file that holds its bytes.
public struct SharedRegion: Sendable {
  /// Where it lies.
  public var region: MemoryRegion
  /// The file, which both ends map.
  public var file: Descriptor

  /// Memory of a file, to be shared.
  public init(_ region: MemoryRegion, file: Descriptor) {
    self.region = region
    self.file = file
  }
}

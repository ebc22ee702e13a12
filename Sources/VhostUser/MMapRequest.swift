package import Wire

/// A place in a shared memory region, and what of a file appears there. The vhost-user document calls this an MMAP
/// request.
package struct MMapRequest: Equatable, Sendable {
  package static let size = 40
  /// The only flag there is: the pages may be written, too.
  private static let isWritableFlag: UInt64 = 1

  /// The number of the shared memory region.
  package var regionID: UInt8
  /// Where the piece starts in its file; means nothing when it goes away.
  package var fileOffset: UInt64
  /// Where it starts in the region.
  package var offset: UInt64
  /// How long it is.
  package var count: UInt64
  package var isWritable: Bool

  package init(regionID: UInt8, fileOffset: UInt64 = 0, offset: UInt64, count: UInt64, isWritable: Bool = true) {
    self.regionID = regionID
    self.fileOffset = fileOffset
    self.offset = offset
    self.count = count
    self.isWritable = isWritable
  }

  package init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    regionID = try reader.u8()
    try reader.skip(7)
    fileOffset = try reader.u64()
    offset = try reader.u64()
    count = try reader.u64()
    isWritable = try reader.u64() & Self.isWritableFlag != 0
  }

  package func encode(to writer: inout ByteWriter) {
    writer.u8(regionID)
    writer.zeros(7)
    writer.u64(fileOffset)
    writer.u64(offset)
    writer.u64(count)
    writer.u64(isWritable ? Self.isWritableFlag : 0)
  }
}

internal import Wire

/// The shared memory regions of a device by their number, with their lengths in bytes. The vhost-user document calls
/// this a VIRTIO Shared Memory Region configuration.
struct SharedMemoryConfiguration: Equatable {
  /// A count, padding, and a length for every number there can be; those of regions that are not there are zero.
  static let size = 8 + 8 * 256

  let sizes: [UInt8: UInt64]

  /// Regions without bytes are none.
  init(_ sizes: [UInt8: UInt64]) {
    self.sizes = sizes.filter { $0.value > 0 }
  }

  /// Reads a reply. The lengths say which regions there are; the count says it again, and is ignored.
  init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    try reader.skip(8)
    var sizes: [UInt8: UInt64] = [:]
    for regionID in UInt8.min ... .max { sizes[regionID] = try reader.u64() }
    self.init(sizes)
  }

  func encode(to writer: inout ByteWriter) {
    writer.u32(UInt32(sizes.count))
    writer.zeros(4)
    for regionID in UInt8.min ... .max { writer.u64(sizes[regionID] ?? 0) }
  }
}

internal import LinuxIO
internal import Synchronization

/// Allocator of surfaces that own their memory, the large ones in files that other processes can map.
///
/// At most ``maximumFiles`` surfaces of an allocator are memory files (memfd), each of at least ``smallestFile`` bytes.
/// Every other surface is plain memory. This limits the descriptors that a guest can take.
///
/// A file costs a descriptor, 50 µs and, when its pages are first written, about 4 µs for each page of 4096 bytes; plain
/// memory costs a tenth of that. Both are equally fast afterwards.
public final class SurfaceAllocator: Sendable {
  /// The smallest surface that is a file, in bytes: cursors are smaller.
  public static let smallestFile = 65536

  /// The most surfaces at a time that are files.
  public let maximumFiles: Int
  private let files = Atomic<Int>(0)

  /// Makes an allocator. The default is enough for 16 scanouts with three buffers and a shadow each.
  public init(maximumFiles: Int = 64) {
    self.maximumFiles = maximumFiles
  }

  /// How many of its surfaces are files now.
  public var fileCount: Int { files.load(ordering: .relaxed) }

  /// A surface with memory of its own, every byte zero, rows without gaps.
  public func makeSurface(size: Size, format: PixelFormat) throws(SurfaceError) -> Surface {
    let stride = Int(size.width) * PixelFormat.bytesPerPixel
    let (count, overflows) = stride.multipliedReportingOverflow(by: Int(size.height))
    if Surface.canHave(size), !overflows, count >= Self.smallestFile, let share = reserveFile(),
      // Without a descriptor, the surface is plain memory.
      let memory = try? MappedMemory.makeSealed(named: "scanout-surface", count: UInt64(count))
    {
      return try Surface(
        size: size, format: format, stride: stride, memory: memory, offset: 0, owner: share, ownsMemory: true)
    }
    return try Surface(size: size, format: format)
  }

  /// Counts one more file; nil when ``maximumFiles`` exist.
  private func reserveFile() -> FileShare? {
    if files.add(1, ordering: .relaxed).newValue > maximumFiles {
      files.subtract(1, ordering: .relaxed)
      return nil
    }
    return FileShare(of: self)
  }

  /// One of the files that an allocator may have, for as long as this object lives.
  private final class FileShare: Sendable {
    private let allocator: SurfaceAllocator

    init(of allocator: SurfaceAllocator) {
      self.allocator = allocator
    }

    deinit {
      allocator.files.subtract(1, ordering: .relaxed)
    }
  }
}

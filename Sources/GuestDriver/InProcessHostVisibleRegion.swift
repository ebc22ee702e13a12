public import LinuxIO
public import VirtioGPU

/// The host-visible region of a device in the same process: what it maps is there at once.
public final class InProcessHostVisibleRegion: HostVisibleRegion {
  /// What the guest sees.
  public let window: MemoryWindow

  /// An empty region of `count` bytes, a multiple of the page size.
  public init(count: UInt64) {
    window = MemoryWindow(count: count)
  }

  /// The length of the window.
  public var count: UInt64 { window.count }

  /// Maps at once, and says so.
  public func map(
    _ file: Descriptor, from start: UInt64, count: UInt64, at offset: UInt64, completion: @escaping (Bool) -> Void
  ) {
    completion((try? window.map(file, from: start, count: count, at: offset)) != nil)
  }

  /// Unmaps at once, and says so.
  public func unmap(count: UInt64, at offset: UInt64, completion: @escaping (Bool) -> Void) {
    completion((try? window.unmap(count: count, at: offset)) != nil)
  }
}

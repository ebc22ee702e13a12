public import LinuxIO

/// The host-visible region, where a guest sees blobs of the host: shared memory region 1 of the device (specification:
/// `VIRTIO_GPU_SHM_ID_HOST_VISIBLE`).
///
/// Called on the device's thread. What the device maps lies inside, overlaps nothing and is a multiple of the page size; it
/// unmaps what it mapped, and everything in ``Device/reset(completion:)``.
public protocol HostVisibleRegion: AnyObject {
  /// Its length in bytes, a multiple of the page size; 0: this guest has none.
  var count: UInt64 { get }

  /// Shows `count` bytes of `file` from `start`, a multiple of the page size, at `offset`, readable and writable.
  /// `completion` is called, at once or later, on the same thread: true when the guest sees them now.
  func map(
    _ file: Descriptor, from start: UInt64, count: UInt64, at offset: UInt64, completion: @escaping (Bool) -> Void
  )

  /// Takes `count` bytes at `offset` out again. `completion` is called in the same way: true when they are out.
  func unmap(count: UInt64, at offset: UInt64, completion: @escaping (Bool) -> Void)
}

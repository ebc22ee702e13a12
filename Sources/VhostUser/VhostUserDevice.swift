public import LinuxIO
public import Virtqueue

/// A device as a ``Server`` sees it: what it offers, and what it does with requests.
///
/// The server owns rings, features, memory mappings and the connection; the device owns its state, and keeps it from one
/// connection to the next until ``reset()``. Everything is called on the thread of the server's event loop. Nothing
/// that a guest or a front end sends has been judged beyond what a member's comment says.
public protocol VirtioDevice: AnyObject {
  /// The feature bits of this type of device. Those of rings and of vhost-user (``FeatureBits``) are added to them.
  var offeredFeatures: UInt64 { get }

  /// How many queues it has, at least 1 and at most 256.
  var queueCount: Int { get }

  /// The configuration space as it is now, at most 256 bytes.
  var configuration: [UInt8] { get }

  /// The shared memory regions of the device, by their number, each a multiple of the page size in bytes; the same from
  /// first to last. A front end that knows what they are shows files there: see ``Server/map(_:fileOffset:count:ofRegion:at:isWritable:completion:)``.
  var sharedMemoryRegions: [UInt8: UInt64] { get }

  /// The driver writes into the configuration space. The bytes lie inside it; whether they may be written is the
  /// device's to judge.
  func writeConfiguration(_ bytes: [UInt8], at offset: Int)

  /// The driver chose features, of those that were offered. It chooses again after each ``reset()``.
  func featuresAcknowledged(_ features: UInt64)

  /// The guest's memory is this from now on. What was looked up before stays mapped as long as it is held, but is to be
  /// looked up again: a page may lie in another file now, or nowhere. Front ends change memory region by region, so an
  /// address that is gone may be back with the next change.
  func memoryChanged(_ memory: GuestMemory)

  /// A request came. The device answers with ``VirtioRequest/complete(written:)``, now or later.
  func process(_ request: VirtioRequest)

  /// The ring stops after this returns, and the front end may move it elsewhere. The device completes what it still
  /// holds of this queue; a request that is completed later is lost.
  func queueStopped(_ queue: Int)

  /// The device is as it was at first: resources, scanouts, requests it still holds, what it shows in shared memory regions,
  /// all gone. Called when the guest
  /// resets the device and when a front end has left; requests completed afterwards are dropped.
  func reset()

  /// A display that a front end attached: the vhost-user-gpu protocol runs over this socket, which is the device's now.
  /// It replaces the one before, at any time and any number of times. Keep it open until then: QEMU waits for a socket
  /// that was closed without pause, at the cost of a processor.
  func displaySocket(_ socket: Descriptor)
}

extension VirtioDevice {
  /// Has none.
  public var sharedMemoryRegions: [UInt8: UInt64] { [:] }

  /// Looks up nothing, so nothing changes.
  public func memoryChanged(_ memory: GuestMemory) {}

  /// Holds no requests.
  public func queueStopped(_ queue: Int) {}

  /// Has nothing to show: the socket is closed.
  public func displaySocket(_ socket: Descriptor) {}
}

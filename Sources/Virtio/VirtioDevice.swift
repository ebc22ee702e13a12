public import Virtqueue

/// A virtio device as a transport sees it: what it offers, and what it does with requests.
///
/// The transport owns rings, memory mappings and the connection to the driver. The device owns its state, and keeps it from
/// one guest to the next until ``reset(completion:)``. Every member is called on the transport's thread. Values of a guest
/// or a front end have been checked only where a member says so.
///
/// An error that a member throws is a fault of the host, such as a full disk under a recording: the transport gives the
/// device no further request and reports the error. The mistakes of a guest are responses.
public protocol VirtioDevice: AnyObject {
  /// The type of device (specification, "Device Types"): 16 is a GPU, 18 an input device.
  var deviceID: UInt32 { get }

  /// The feature bits of this type of device. The transport adds those of rings (``FeatureBits``).
  var offeredFeatures: UInt64 { get }

  /// How many queues it has, at least 1 and at most 256.
  var queueCount: Int { get }

  /// The present configuration space, at most 256 bytes.
  var configuration: [UInt8] { get }

  /// The shared memory regions by their number, with their lengths in bytes, each a multiple of the page size. They never
  /// change.
  var sharedMemoryRegions: [UInt8: UInt64] { get }

  /// A transport serves the device from now on. The device may keep a weak reference, to show files in its shared memory
  /// regions.
  func attach(to transport: any SharedMemoryMapper)

  /// The driver writes into the configuration space. The bytes lie inside it; the device decides which may be written.
  func writeConfiguration(_ bytes: [UInt8], at offset: Int)

  /// The driver chose these features of those that were offered. It chooses again after each reset.
  func acknowledge(features: UInt64)

  /// The guest's memory changed. The device looks up everything in the new memory: a page may lie in another file now, or
  /// nowhere. Front ends change memory region by region, so an address that is gone may be back with the next change.
  ///
  /// `completion` is called once, at once or later, when the device no longer uses the memory that was there before. The
  /// transport keeps that memory mapped until then, and takes no request meanwhile.
  func memoryChanged(_ memory: GuestMemory, completion: @escaping () -> Void) throws

  /// True when the device takes a request of this queue now. While it is false, requests wait in the ring.
  func acceptsRequests(on queue: Int) -> Bool

  /// Set by the transport. The device calls it when ``acceptsRequests(on:)`` may have become true.
  var onAcceptingRequests: () -> Void { get set }

  /// Carries a request out. The device responds with ``VirtioRequest/complete(written:)``, at once or later.
  func process(_ request: VirtioRequest) throws

  /// The queue stops when this returns, and its ring may move. The device completes what it still has of this queue; a
  /// request that is completed later is lost.
  func queueStopped(_ queue: Int) throws

  /// Returns the device to its first state: resources, scanouts, requests, and everything in shared memory regions are
  /// gone. Called when the guest resets the device and when a front end has left. Requests that are completed afterwards are
  /// dropped.
  ///
  /// `completion` is called once, at once or later, when the device no longer uses memory of the guest. Until then the
  /// transport takes no request and serves no other guest.
  func reset(completion: @escaping () -> Void) throws
}

extension VirtioDevice {
  /// None.
  public var sharedMemoryRegions: [UInt8: UInt64] { [:] }

  /// Shows nothing in shared memory regions.
  public func attach(to transport: any SharedMemoryMapper) {}

  /// Uses memory only while it processes a request.
  public func memoryChanged(_ memory: GuestMemory, completion: @escaping () -> Void) throws { completion() }

  /// Always.
  public func acceptsRequests(on queue: Int) -> Bool { true }

  /// Never called by a device that always accepts requests.
  public var onAcceptingRequests: () -> Void {
    get { {} }
    set {}
  }

  /// Keeps no requests.
  public func queueStopped(_ queue: Int) throws {}
}

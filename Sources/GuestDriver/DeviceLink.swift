public import LinuxIO

/// The way of a guest driver to its device: in the same process, or over a socket.
public protocol DeviceLink: AnyObject {
  /// The feature bits that are in force.
  var features: UInt64 { get }

  /// Hands the queues over, control first; after this the device serves them.
  func start(control: DriverQueue, cursor: DriverQueue) throws

  /// Tells the device that `queue` (0: control, 1: cursor) has requests.
  func kick(_ queue: Int) throws

  /// Waits until the device may have given something back on `queue`; an error when that takes too long.
  func wait(_ queue: Int) throws

  /// What the guest sees of the host-visible region; nil when it has none.
  var hostVisible: MemoryWindow? { get }

  /// Reads the configuration space from its start.
  func configuration(count: Int) throws -> [UInt8]

  /// Writes into the configuration space.
  func writeConfiguration(_ bytes: [UInt8], at offset: Int) throws

  /// Resets the device, after which it can be started again.
  func reset() throws
}

extension DeviceLink {
  /// None.
  public var hostVisible: MemoryWindow? { nil }
}

public import GuestDriver
public import VirtioGPU

/// Where the device of a case runs: in the guest's thread, or behind a socket in one of its own.
public protocol CaseHost: AnyObject {
  /// The way to the device.
  var link: any DeviceLink { get }

  /// Does something on the device's thread, and waits for it.
  func onDevice<Result>(_ body: @escaping (Device) throws -> Result) throws -> Result

  /// Lets so many nanoseconds of the device's clock pass.
  func pass(_ nanoseconds: UInt64) throws

  /// Changes the guest's memory table: all of its memory, or none but what the rings need.
  func share(all: Bool) throws

  /// Stops both queues where they are, as a virtual machine does that is paused; false: this host cannot.
  func pause() throws -> Bool

  /// Lets them go on.
  func resume(_ driver: GPUDriver) throws

  /// Ends the device's thread.
  func stop()
}

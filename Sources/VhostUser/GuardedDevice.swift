internal import Virtio

/// The device of a server, which gets no more calls after a fault of the host.
final class GuardedDevice {
  let device: any VirtioDevice
  /// Called once, with the first error that the device throws.
  var onHostFault: (any Error) -> Void = { _ in }
  private(set) var hasFailed = false

  init(_ device: any VirtioDevice) {
    self.device = device
  }

  /// Calls the device; false when it failed, now or before.
  @discardableResult
  func attempt(_ body: (any VirtioDevice) throws -> Void) -> Bool {
    guard !hasFailed else { return false }
    do {
      try body(device)
      return true
    } catch {
      fail(error)
      return false
    }
  }

  /// The device threw an error.
  func fail(_ error: any Error) {
    guard !hasFailed else { return }
    hasFailed = true
    onHostFault(error)
  }
}

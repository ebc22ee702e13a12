import Virtio
import VirtioGPU
import Virtqueue

/// A GPU device that accepts requests, and completes memory changes and resets, when the fuzzer decides so.
final class ReluctantDevice: VirtioDevice {
  let device: Device
  /// False: requests wait in their rings.
  var accepts = true {
    didSet { if accepts { onAcceptingRequests() } }
  }
  var onAcceptingRequests: () -> Void = {}
  /// True: memory changes and resets wait for ``completeNext()``.
  var completesLater = false
  private var completions: [() -> Void] = []

  init(_ device: Device) {
    self.device = device
  }

  var deviceID: UInt32 { device.deviceID }
  var offeredFeatures: UInt64 { device.offeredFeatures }
  var queueCount: Int { device.queueCount }
  var configuration: [UInt8] { device.configuration }
  var sharedMemoryRegions: [UInt8: UInt64] { device.sharedMemoryRegions }
  var isComplete: Bool { completions.isEmpty }

  func attach(to transport: any SharedMemoryMapper) { device.attach(to: transport) }
  func writeConfiguration(_ bytes: [UInt8], at offset: Int) { device.writeConfiguration(bytes, at: offset) }
  func acknowledge(features: UInt64) { device.acknowledge(features: features) }
  func acceptsRequests(on queue: Int) -> Bool { accepts && device.acceptsRequests(on: queue) }
  func process(_ request: VirtioRequest) throws { try device.process(request) }
  func queueStopped(_ queue: Int) throws { try device.queueStopped(queue) }

  func memoryChanged(_ memory: GuestMemory, completion: @escaping () -> Void) throws {
    try device.memoryChanged(memory) { [self] in complete(completion) }
  }

  func reset(completion: @escaping () -> Void) throws {
    try device.reset { [self] in complete(completion) }
  }

  /// Completes the oldest memory change or reset that waits.
  func completeNext() {
    if !completions.isEmpty { completions.removeFirst()() }
  }

  /// Does everything at once from now on.
  func obey() {
    completesLater = false
    while !isComplete { completeNext() }
    accepts = true
  }

  private func complete(_ completion: @escaping () -> Void) {
    if completesLater { completions.append(completion) } else { completion() }
  }
}

import Display
import GuestCases
import GuestDriver
import LinuxIO
import VirtioGPU
import Virtqueue

/// The device of a case in the guest's own thread, where time passes only when the case lets it.
final class InProcessHost: CaseHost {
  let parts: CaseDevice
  private let inProcess: InProcessLink
  private let clock: HostClock

  private final class HostClock {
    var now: UInt64 = 0
  }

  init(_ setup: CaseSetup) throws {
    let clock = HostClock()
    self.clock = clock
    parts = try CaseDevice(setup) { DisplayTime(nanoseconds: clock.now) }
    let link = InProcessLink(parts.device, ram: parts.ram, features: setup.features)
    link.onWait = { clock.now = max(clock.now, $0.nanoseconds) }
    inProcess = link
  }

  var link: any DeviceLink { inProcess }

  func onDevice<Result>(_ body: @escaping (Device) throws -> Result) throws -> Result {
    try body(parts.device)
  }

  func pass(_ nanoseconds: UInt64) throws {
    clock.now += nanoseconds
    try parts.device.advance()
  }

  func share(all: Bool) throws {
    let count = all ? parts.ram.count : 256 << 20
    let region = GuestMemory.Region(
      guestAddress: GuestRAM.guestBase, userAddress: GuestRAM.userBase,
      mapping: try MappedMemory(parts.ram.file, offset: 0, count: count))
    try inProcess.share(GuestMemory([region]))
  }

  func pause() throws -> Bool {
    try inProcess.pause()
    return true
  }

  func resume(_ driver: GPUDriver) throws {
    try inProcess.resume(control: driver.control, cursor: driver.cursor)
  }

  func stop() {}
}

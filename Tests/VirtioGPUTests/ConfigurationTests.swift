import Display
import GuestDriver
import ScanoutTesting
import Testing
import VirtioGPU
import Virtqueue

@Suite("Configuration, outputs and reset")
struct ConfigurationTests {
  @Test("the space has the number of scanouts, 1 to 16, and the size of pages for blobs", arguments: [0, 1, 2, 16, 40])
  func scanouts(count: Int) throws {
    let guest = try TestGuest(outputs: Array(repeating: Output(size: Size(width: 32, height: 32)), count: count))
    let expected = UInt8(min(max(count, 1), 16))
    #expect(guest.device.configuration == [0, 0, 0, 0, 0, 0, 0, 0, expected, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0])
  }

  @Test(
    "a device that offers no blobs in whole pages has a space that ends before their size",
    arguments: [[], .edid, .resourceBlob, .blobAlignment] as [DeviceFeatures])
  func shortSpace(offered: DeviceFeatures) throws {
    let guest = try TestGuest(offered: offered)
    #expect(guest.device.configuration == [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test("outputs are reported with place, mode and whether they are plugged in")
  func displayInfo() throws {
    let outputs = [
      Output(size: Size(width: 1920, height: 1080)),
      Output(size: Size(width: 800, height: 600), position: Point(x: 1920, y: 240)),
      Output(size: Size(width: 640, height: 480), isEnabled: false),
    ]
    let info = try TestGuest(outputs: outputs).driver.displayInfo()
    #expect(info[0].size == Size(width: 1920, height: 1080))
    #expect(info[1].position == Point(x: 1920, y: 240))
    #expect(info[1].isEnabled)
    #expect(!info[2].isEnabled)
    #expect(info[2].size.isEmpty)
    #expect(info[3...].allSatisfy { !$0.isEnabled })
  }

  @Test(
    "writes anywhere else than to events_clear, of any length, change nothing",
    arguments: [0, 8, 12, 16, 400, -4, .max, .min])
  func strayWrites(offset: Int) throws {
    let guest = try TestGuest()
    guest.device.setOutput(Output(size: Size(width: 100, height: 80)), of: 0)
    let before = guest.device.configuration
    guest.device.writeConfiguration([0xff, 0xff, 0xff, 0xff], at: offset)
    guest.device.writeConfiguration([], at: offset)
    #expect(guest.device.configuration == before)
  }

  @Test("clearing events byte by byte, or with a write of the whole space, works; bits that are not set do nothing")
  func eventsClear() throws {
    let guest = try TestGuest()
    guest.device.setOutput(Output(size: Size(width: 100, height: 80)), of: 0)
    guest.device.writeConfiguration([0xfe], at: 4)
    guest.device.writeConfiguration([0xff], at: 5)
    #expect(guest.device.configuration[0] == 1)
    guest.device.writeConfiguration([9, 9, 9, 9, 1, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9], at: 0)
    #expect(guest.device.configuration[0] == 0)
  }

  @Test("a reset turns everything off, forgets resources, and the device can be started again")
  func reset() throws {
    let guest = try TestGuest()
    let frame = try Framebuffer(guest.driver, size: Size(width: 64, height: 48), format: .b8g8r8x8)
    try frame.show(on: 0)
    try frame.flush()
    let cursor = try Framebuffer(guest.driver, size: Size(width: 64, height: 64), format: .b8g8r8a8)
    try guest.driver.showCursor(cursor, on: 0, at: .zero, hotSpot: .zero)
    guest.recorder.clear()
    try guest.driver.link.reset()
    #expect(guest.recorder.entries == [.vsync(0, 1), .cursor(0, nil, hotSpot: nil), .off(0)])
    try guest.driver.link.reset()
    #expect(guest.recorder.entries.count == 3)
    let again = try GPUDriver(guest.driver.link, ram: guest.ram)
    let size = Size(width: 64, height: 48)
    let fresh = try Framebuffer(again, size: size, format: .b8g8r8x8)
    #expect(fresh.resourceID == frame.resourceID)
    try fresh.show(on: 0)
    try fresh.flush()
    #expect(guest.recorder.entries.last == .damage(0, Rectangle(size)))
    try again.link.reset()
    #expect(guest.recorder.entries.suffix(2) == [.vsync(0, 1), .off(0)])
  }

  @Test("a backing that memory has not any more is of no use, until memory has it again")
  func memoryChange() throws {
    let guest = try TestGuest()
    let frame = try Framebuffer(guest.driver, size: Size(width: 64, height: 48), format: .b8g8r8x8)
    try guest.device.memoryChanged(guest.ram.memory)
    #expect(
      try guest.code(TransferToHost2D(rectangle: .init(frame.surface.size), offset: 0, resourceID: 1)) == .okNoData)
    try guest.device.memoryChanged(.none)
    #expect(
      try guest.code(TransferToHost2D(rectangle: .init(frame.surface.size), offset: 0, resourceID: 1)) == .unspecified)
    try guest.device.memoryChanged(guest.ram.memory)
    #expect(
      try guest.code(TransferToHost2D(rectangle: .init(frame.surface.size), offset: 0, resourceID: 1)) == .okNoData)
    try guest.device.memoryChanged(.none)
    #expect(try guest.code(ResourceDetachBacking(resourceID: 1)) == .okNoData)
  }

  @Test("a sink that fails stops the device with its error")
  func failingSink() throws {
    struct Full: Error {}
    let device = Device(outputs: [Output(size: Size(width: 8, height: 8))], sink: FailingSink(Full()), clock: { .zero })
    let ram = try GuestRAM(count: 1 << 20)
    let driver = try GPUDriver(InProcessLink(device, ram: ram), ram: ram)
    let frame = try Framebuffer(driver, size: Size(width: 8, height: 8), format: .b8g8r8x8)
    #expect(throws: Full.self) { try frame.show(on: 0) }
  }
}

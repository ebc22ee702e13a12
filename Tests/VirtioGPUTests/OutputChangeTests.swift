import Display
import GuestDriver
import ScanoutTesting
import Testing
import VirtioGPU

@Suite("Output changes of a device")
struct OutputChangeTests {
  /// A guest with two connectors, one of them free, and a count of how often it is notified.
  private final class OutputChangeCase {
    let guest: TestGuest
    private(set) var notifications = 0

    init() throws {
      guest = try TestGuest(outputs: [Output(size: Size(width: 640, height: 480)), .unplugged])
      guest.device.onConfigurationChange = { [unowned self] in notifications += 1 }
    }

    /// Does what Linux does when it is notified, and returns what it learns.
    func learn() throws -> [Output] {
      #expect(try event() == 1)
      for scanout in 0..<2 { try expectAgreement(scanout) }
      let info = try guest.driver.displayInfo()
      try guest.driver.link.writeConfiguration([1, 0, 0, 0], at: 4)
      return info
    }

    func event() throws -> UInt8 { try guest.driver.link.configuration(count: 4)[0] }

    /// EDID and display information are the same.
    func expectAgreement(_ scanout: Int) throws {
      let info = try guest.driver.displayInfo()[scanout]
      let edid = try guest.driver.edid(of: scanout)
      #expect(info.isEnabled == !edid.isEmpty)
      #expect(info.isEnabled == !info.size.isEmpty)
      guard edid.count == 128 else { return }
      #expect(UInt32(edid[56]) | UInt32(edid[58] & 0xf0) << 4 == info.size.width)
      #expect(UInt32(edid[59]) | UInt32(edid[61] & 0xf0) << 4 == info.size.height)
    }
  }

  private static let larger = Output(size: Size(width: 1000, height: 801))

  @Test("a change raises the event and notifies the driver, which clears it; the same again does not")
  func change() throws {
    let it = try OutputChangeCase()
    #expect(it.guest.device.setOutput(Self.larger, of: 0))
    #expect(it.guest.device.setOutput(Self.larger, of: 0))
    #expect(!it.guest.device.setOutput(Self.larger, of: 2))
    #expect(!it.guest.device.setOutput(Self.larger, of: -1))
    #expect(it.notifications == 1)
    #expect(try it.learn()[0].size == Self.larger.size)
    #expect(try it.event() == 0)
    #expect(it.notifications == 1)
  }

  @Test("a mode, a position, an output that comes or goes: each is an event, with EDID and display information in step")
  func kinds() throws {
    let it = try OutputChangeCase()
    let moved = Output(size: Self.larger.size, position: Point(x: -40, y: 7))
    let steps: [(Int, Output)] = [(0, Self.larger), (0, moved), (1, Self.larger), (1, .unplugged), (0, .unplugged)]
    for (index, (scanout, output)) in steps.enumerated() {
      it.guest.device.setOutput(output, of: scanout)
      #expect(it.notifications == index + 1)
      let learnt = try it.learn()[scanout]
      #expect(learnt.size == output.size && learnt.position == output.position)
      #expect(learnt.isEnabled == output.isEnabled)
    }
  }

  @Test("whatever changes before the driver looks is one event and one notification")
  func coalesced() throws {
    let it = try OutputChangeCase()
    for width in UInt32(100)..<200 {
      it.guest.device.setOutput(Output(size: Size(width: width, height: 100)), of: Int(width % 2))
    }
    #expect(it.notifications == 1)
    let info = try it.learn()
    #expect(info[0].size.width == 198 && info[1].size.width == 199)
    #expect(try it.event() == 0)
  }

  @Test("what changes after the driver looked, and before it cleared the event, is not cleared with it")
  func late() throws {
    let it = try OutputChangeCase()
    it.guest.device.setOutput(Self.larger, of: 0)
    _ = try it.guest.driver.displayInfo()
    it.guest.device.setOutput(.unplugged, of: 0)
    it.guest.device.setOutput(Self.larger, of: 1)
    #expect(it.notifications == 2)
    try it.guest.driver.link.writeConfiguration([1, 0, 0, 0], at: 4)
    #expect(it.notifications == 3)
    #expect(try it.learn()[1].isEnabled)
    #expect(try it.event() == 0)
    #expect(it.notifications == 3)
  }

  @Test("a driver that never clears the event is notified of each change that it has not seen")
  func neverCleared() throws {
    let it = try OutputChangeCase()
    for round in 1...5 {
      it.guest.device.setOutput(Output(size: Size(width: 100 + UInt32(round), height: 100)), of: 0)
      #expect(it.notifications == round)
      #expect(try it.guest.driver.displayInfo()[0].size.width == 100 + UInt32(round))
    }
  }

  @Test("a driver that clears the event before GET_DISPLAY_INFO has seen the change")
  func clearedFirst() throws {
    let it = try OutputChangeCase()
    it.guest.device.setOutput(Self.larger, of: 0)
    #expect(try it.guest.driver.takeEvents() == 1)
    #expect(try it.guest.driver.displayInfo()[0].size == Self.larger.size)
    it.guest.device.setOutput(Self.larger, of: 1)
    #expect(it.notifications == 2)
    #expect(try it.guest.driver.takeEvents() == 1)
    #expect(try it.guest.driver.takeEvents() == 0)
  }

  @Test("a reset forgets the event and keeps the outputs")
  func reset() throws {
    let it = try OutputChangeCase()
    it.guest.device.setOutput(Self.larger, of: 1)
    try it.guest.device.reset()
    #expect(try it.event() == 0)
    #expect(it.guest.device.outputs[1] == Self.larger)
  }

  @Test("a scanout stays when its output is disabled, until the driver disables it")
  func unplugged() throws {
    let it = try OutputChangeCase()
    let frame = try Framebuffer(it.guest.driver, size: Size(width: 64, height: 48), format: .b8g8r8x8)
    try frame.show(on: 0)
    it.guest.device.setOutput(.unplugged, of: 0)
    #expect(it.guest.device.shownSizes == [Size(width: 64, height: 48), nil])
    try frame.flush()
    try it.guest.driver.disable(0)
    #expect(it.guest.device.shownSizes == [nil, nil])
    #expect(it.guest.recorder.entries.last == .off(0))
  }
}

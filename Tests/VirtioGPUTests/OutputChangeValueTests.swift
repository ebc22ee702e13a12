import Display
import Testing
import VirtioGPU

@Suite("Output change values")
struct OutputChangeValueTests {
  private static let mode = DisplayMode(size: Size(width: 800, height: 600))

  @Test("each kind of change is applied, returns its output and notifies the driver once")
  func kinds() throws {
    let guest = try TestGuest(outputs: [Output(size: Size(width: 640, height: 480)), .unplugged])
    var notifications = 0
    guest.device.onConfigurationChange = { notifications += 1 }
    let mode = try #require(Self.mode)
    #expect(try guest.device.apply(.add(mode, at: nil)) == 1)
    #expect(guest.device.outputs[1].size == mode.size)
    #expect(guest.device.outputs[1].position == Point(x: 640, y: 0))
    #expect(try guest.device.apply(.resize(0, mode)) == 0)
    #expect(guest.device.outputs.map(\.position.x) == [0, 800])
    #expect(try guest.device.apply(.move(1, to: Point(x: -800, y: 7))) == 1)
    #expect(guest.device.outputs[1].position == Point(x: -800, y: 7))
    #expect(try guest.device.apply(.remove(0)) == 0)
    #expect(guest.device.outputs.map(\.isEnabled) == [false, true])
    // The driver did not look meanwhile.
    #expect(notifications == 1)
  }

  @Test(
    "a change that cannot be made changes nothing and does not notify the driver",
    arguments: [
      .remove(1), .remove(2), .remove(-1), .move(0, to: Point(x: .max, y: 0)), .move(1, to: .zero), .remove(.max),
    ] as [OutputChange])
  func impossible(change: OutputChange) throws {
    let guest = try TestGuest(outputs: [Output(size: Size(width: 640, height: 480)), .unplugged])
    guest.device.onConfigurationChange = { Issue.record("a notification") }
    let before = guest.device.outputs
    #expect(throws: OutputLayoutError.self) { try guest.device.apply(change) }
    #expect(guest.device.outputs == before)
  }
}

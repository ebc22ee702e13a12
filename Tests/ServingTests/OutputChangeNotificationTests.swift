import Display
import GuestDriver
import LinuxIO
import Testing
import VhostUser
import VirtioGPU

@Suite("Notifications of changed outputs over vhost-user")
struct OutputChangeNotificationTests {
  private static let output = Output(size: Size(width: 1003, height: 601))

  @Test("a change comes as one message, with event, display information and EDID in step; several come as one")
  func notification() throws {
    let served = try ServedDevice(outputs: [Output(size: Size(width: 64, height: 48)), .unplugged])
    let (driver, link) = try served.connect()
    try link.frontEnd.openBackEndChannel()
    for round in UInt32(1)...3 {
      try served.perform { device in
        for width in 100 * round..<100 * round + 50 {
          device.setOutput(Output(size: Size(width: width, height: 99)), of: 1)
        }
        device.setOutput(Self.output, of: 0)
      }
      #expect(try link.frontEnd.waitForConfigurationChange(within: .seconds(10)))
      #expect(try driver.link.configuration(count: 4) == [1, 0, 0, 0])
      let info = try driver.displayInfo()
      #expect(info[0].size == Self.output.size && info[1].size.width == 100 * round + 49)
      #expect(try driver.edid(of: 1)[56] == UInt8(truncatingIfNeeded: info[1].size.width))
      #expect(try driver.takeEvents() == 1)
      #expect(try driver.takeEvents() == 0)
    }
    #expect(try !link.frontEnd.waitForConfigurationChange(within: .milliseconds(50)))
    served.stop()
  }

  @Test("the guest is notified of a change during a pause when it resumes")
  func paused() throws {
    let served = try ServedDevice()
    let (driver, link) = try served.connect()
    try link.frontEnd.openBackEndChannel()
    try link.pause()
    try served.perform { $0.setOutput(Self.output, of: 0) }
    #expect(try !link.frontEnd.waitForConfigurationChange(within: .milliseconds(50)))
    try link.resume(control: driver.control, cursor: driver.cursor)
    #expect(try link.frontEnd.waitForConfigurationChange(within: .seconds(10)))
    #expect(try driver.displayInfo()[0].size == Self.output.size)
    served.stop()
  }

  @Test("after a change without a guest, the next guest starts with the new outputs and no notification")
  func absent() throws {
    let served = try ServedDevice()
    try served.perform { $0.setOutput(Self.output, of: 0) }
    let (driver, _) = try served.connect()
    #expect(try driver.displayInfo()[0].size == Self.output.size)
    served.stop()
  }

  @Test("a guest that does not read its notifications does not block the device")
  func unread() throws {
    let served = try ServedDevice()
    let (driver, link) = try served.connect()
    try link.frontEnd.openBackEndChannel()
    for width in UInt32(100)..<2000 {
      try served.perform { $0.setOutput(Output(size: Size(width: width, height: 99)), of: 0) }
      #expect(try driver.displayInfo()[0].size.width == width)
    }
    served.stop()
  }
}

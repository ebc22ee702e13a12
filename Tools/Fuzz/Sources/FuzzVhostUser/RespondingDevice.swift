import Display
import FuzzSupport
import GuestDriver
import VirtioGPU
import Virtqueue
import Wire

/// A device played by the fuzzer: its responses test ``GuestDriver/GPUDriver``.
final class RespondingDevice: DeviceLink {
  private static let maximumCalls = 40
  private var choices: Choices
  private let ram: GuestRAM
  private var queues: [DriverQueue] = []
  private var given: [UInt16] = [0, 0]

  let features: UInt64

  init(_ choices: Choices) throws {
    self.choices = choices
    features = self.choices.pick(0x1_3000_0002, 0x1_0000_0000, 0x1_2000_0000)
    ram = try GuestRAM(count: 128 << 10)
  }

  func run() throws {
    let driver = try GPUDriver(self, ram: ram)
    var framebuffers: [Framebuffer] = []
    for _ in 0..<Self.maximumCalls where !choices.isEmpty {
      do {
        switch choices.below(8) {
        case 0: require(try driver.displayInfo().count == Device.maximumScanouts, "scanouts came or went")
        case 1: require(try driver.edid(of: choices.below(3)).count <= 2048, "an EDID has no end")
        case 2:
          framebuffers.append(
            try Framebuffer(
              driver, size: Size(width: 8, height: 8), format: .b8g8r8x8, run: UInt64(choices.below(255)) + 1))
        case 3: try framebuffers.last?.show(on: 0)
        case 4: try framebuffers.last?.flush()
        case 5: try driver.moveCursor(on: 0, to: .zero)
        case 6: _ = try driver.takeEvents()
        default: _ = try driver.send(request: choices.run(atMost: 40))
        }
      } catch is DriverError {} catch is TruncatedBytes {} catch is GuestMemoryError {}
    }
  }

  func start(control: DriverQueue, cursor: DriverQueue) { queues = [control, cursor] }

  /// Puts any number of elements on the used ring, with any head, length and response.
  func kick(_ queue: Int) throws {
    let layout = queues[queue].layout
    for _ in 0..<choices.pick(1, 0, 2, 20) {
      var element = ByteWriter()
      element.u32(choices.oneIn(4) ? choices.word() : UInt32(choices.below(4)))
      element.u32(choices.oneIn(2) ? choices.word() : 408)
      try ram.memory.write(element.bytes, at: layout.usedRing + 4 + 8 * UInt64(given[queue] % layout.size))
      given[queue] &+= 1
    }
    if choices.oneIn(16) { given[queue] = UInt16(truncatingIfNeeded: choices.word()) }
    var index = ByteWriter()
    index.u16(choices.oneIn(16) ? 1 : 0)
    index.u16(given[queue])
    try ram.memory.write(index.bytes, at: layout.usedRing)
    // The driver's areas come after its rings: six pages, then the request and the response.
    try ram.memory.write(response(), at: GuestRAM.guestBase + 7 * 4096)
  }

  private func response() -> [UInt8] {
    var writer = ByteWriter()
    let type = choices.pick(0x1100, 0x1101, 0x1104, 0x1200, choices.word())
    ControlHeader(type: type, flags: choices.oneIn(8) ? 0 : 1, fenceID: UInt64(choices.below(40))).write(to: &writer)
    writer.bytes(choices.run(atMost: 64))
    return writer.bytes
  }

  func wait(_ queue: Int) throws { throw DriverError.noResponse(seconds: 0) }
  func configuration(count: Int) -> [UInt8] { choices.run(atMost: count) }
  func writeConfiguration(_ bytes: [UInt8], at offset: Int) {}
  func reset() {}
}

import Display
import GuestDriver
import ScanoutTesting
import Testing
import VirtioGPU
import Wire

@Suite("Display information that is found out first")
struct OutputWaiterTests {
  private static let larger = Output(size: Size(width: 1000, height: 800))

  /// A device, the responses that it has given, and who it asks for its outputs.
  private final class Case {
    let device: Device
    private(set) var responses: [[UInt8]] = []
    var completions: [() -> Void] = []
    var notifications = 0

    init() {
      device = Device(
        outputs: [Output(size: Size(width: 640, height: 480))], sink: EventRecorder(), clock: { .zero })
      device.acknowledge(features: DeviceFeatures.all.rawValue)
      device.onConfigurationChange = { [unowned self] in notifications += 1 }
      device.onOutputsAsked = { [unowned self] completion in
        completions.append(completion)
        return true
      }
    }

    func send(_ type: UInt32, _ fields: UInt32...) throws {
      var writer = ByteWriter()
      for word in [type, 0, 0, 0, 0, 0] + fields { writer.u32(word) }
      try device.executeControl(writer.bytes) { [unowned self] in responses.append($0) }
    }

    /// The type of a response, and the width that it tells.
    func width(_ index: Int) throws -> UInt32 {
      var reader = ByteReader(responses[index])
      guard try reader.u32() == 0x1101 else { return 0 }
      try reader.skip(20 + 8)
      return try reader.u32()
    }
  }

  @Test("a driver that asks waits, gets the new outputs, and is not notified of them; EDIDs wait with it")
  func waits() throws {
    let it = Case()
    // In the order of Linux.
    try it.send(0x010a, 0, 0)
    try it.send(0x0100)
    try it.send(0x0100)
    #expect(it.completions.count == 1)
    #expect(it.responses.isEmpty)
    it.device.setOutputs(OutputLayout([Self.larger]), notifiesDriver: false)
    it.completions[0]()
    #expect(it.responses.count == 3)
    #expect(try it.width(1) == 1000 && it.width(2) == 1000)
    #expect(it.responses[0][32 + 56] == UInt8(truncatingIfNeeded: 1000))
    #expect(it.notifications == 0)
    // The next request is asked for anew, and one for a scanout that does not exist is refused at once.
    try it.send(0x010a, 0, 0)
    #expect(it.completions.count == 2)
    try it.send(0x010a, 1, 0)
    #expect(it.responses.count == 4)
  }

  @Test("a queue that stops has its response at once, and what is found out later changes nothing")
  func stops() throws {
    let it = Case()
    try it.send(0x0100)
    try it.device.controlQueueStopped()
    #expect(try it.width(0) == 640)
    it.completions[0]()
    #expect(it.responses.count == 1)
  }

  @Test("after a reset the guest before gets no response, and the next one does not get its answer")
  func resets() throws {
    let it = Case()
    try it.send(0x0100)
    try it.device.reset()
    it.device.acknowledge(features: DeviceFeatures.all.rawValue)
    try it.send(0x0100)
    it.completions[0]()
    #expect(it.responses.isEmpty)
    it.completions[1]()
    #expect(it.responses.count == 1)
  }

  @Test("where nobody is asked, the driver gets the outputs at once")
  func nobody() throws {
    let it = Case()
    it.device.onOutputsAsked = { _ in false }
    try it.send(0x0100)
    #expect(try it.width(0) == 640)
  }
}

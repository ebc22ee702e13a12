import LinuxIO
import Testing
import VhostUser
import Virtio
import Virtqueue

@Suite("Several devices in one process")
struct SeveralDevicesTests {
  /// A small input device: its driver leaves buffers on the event queue, and sends status on the other one.
  private final class Keyboard: VirtioDevice {
    let deviceID: UInt32 = 18
    let offeredFeatures: UInt64 = 0
    let queueCount = 3
    let configuration: [UInt8] = Array("keyboard".utf8)
    private var waiting: [VirtioRequest] = []

    func writeConfiguration(_ bytes: [UInt8], at offset: Int) {}
    func acknowledge(features: UInt64) {}
    func reset(completion: @escaping () -> Void) {
      waiting = []
      completion()
    }

    func process(_ request: VirtioRequest) throws {
      if request.queue == 0 { return waiting.append(request) }
      // A status request is echoed as an event.
      let bytes = try request.chain.read(limit: 8)
      request.complete(written: 0)
      guard !waiting.isEmpty else { return }
      let event = waiting.removeFirst()
      event.complete(written: try event.chain.write(bytes))
    }
  }

  @Test("two devices with their own ids and queues are served on one loop, and neither stops the other")
  func served() throws {
    let loop = try EventLoop()
    let echo = EchoDevice()
    let gpu = Server(device: echo, loop: loop) { _ in }
    let input = Server(device: Keyboard(), loop: loop) { _ in }
    let (gpuFront, gpuBack) = try UnixSocket.makePair()
    let (inputFront, inputBack) = try UnixSocket.makePair()
    try gpu.serve(gpuBack)
    try input.serve(inputBack)
    let run = ServerLoop(loop: loop, servers: [gpu, input])
    let thread = try NamedThread("devices") { run.body() }
    defer {
      run.loop.stop()
      thread.join()
    }

    let first = try FrontEnd(gpuFront, timeout: .seconds(60))
    let second = try FrontEnd(inputFront, timeout: .seconds(60))
    for frontEnd in [first, second] { try frontEnd.negotiate(features: FeatureBits.version1) }
    #expect(try first.queueCount() == 2)
    #expect(try second.queueCount() == 3)
    #expect(try second.readConfiguration(at: 0, count: 8) == Array("keyboard".utf8))

    let (ram, other) = (try TestRAM(), try TestRAM())
    try first.share([ram.shared])
    try second.share([other.shared])
    let gpuQueue = try first.startQueue(0, layout: ram.layout())
    let events = try second.startQueue(0, layout: other.layout())
    let status = try second.startQueue(1, layout: other.layout(queue: 1))
    var (gpuRing, eventRing, statusRing) = (
      DriverRing(ram), DriverRing(other), DriverRing(other, queue: 1)
    )
    for round in 0..<2 as Range<UInt8> {
      // A request of the input device stays with it while the GPU is served.
      try eventRing.post([0, 0])
      events.kick.signal()
      try gpuRing.post([round, 9])
      gpuQueue.kick.signal()
      #expect(try first.wait(for: gpuQueue.call, within: .seconds(60)))
      #expect(try gpuRing.responses() == [[9, round]])
      #expect(try eventRing.responses() == [])
      try statusRing.post([7, round])
      status.kick.signal()
      #expect(try second.wait(for: events.call, within: .seconds(60)))
      #expect(try eventRing.responses() == [[7, round]])
      _ = try statusRing.responses()
    }
    try first.resetDevice()
    // The reset of one leaves the other as it was.
    try eventRing.post([0, 0])
    events.kick.signal()
    try statusRing.post([1, 2])
    status.kick.signal()
    #expect(try second.wait(for: events.call, within: .seconds(60)))
    #expect(try eventRing.responses() == [[1, 2]])
  }

  /// The event loop of both devices; used only by their thread, except for `stop`.
  private struct ServerLoop: @unchecked Sendable {
    let loop: EventLoop
    let servers: [Server]

    func body() {
      try? loop.run()
      for server in servers { server.stop() }
    }
  }
}

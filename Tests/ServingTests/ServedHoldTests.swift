import Display
import GuestDriver
import LinuxIO
import Logging
import Serving
import Synchronization
import Testing
import VhostUser
import VirtioGPU
import Virtqueue

@Suite("A sink that holds frames, over vhost-user")
struct ServedHoldTests {
  /// A recording that is behind: it holds every frame until the test lets go.
  private final class ServedHoldSink: DisplaySink, @unchecked Sendable {
    let frames: EventCounter
    private let holds = Mutex<[FrameHold]>([])
    // Used on the source's thread alone.
    private weak var source: DisplaySource?

    init() throws {
      frames = try EventCounter()
    }

    func join(_ source: DisplaySource) {
      self.source = source
    }

    func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) {
      guard case .frame = event, let hold = source?.hold() else { return }
      holds.withLock { $0.append(hold) }
      frames.signal()
    }

    func finish() {}

    func release() {
      for hold in holds.withLock({ holds in
        defer { holds = [] }
        return holds
      }) { hold.end() }
    }
  }

  /// A guest whose flush is held, with one more request behind it in the ring.
  private func start() throws -> (ServedDevice, ServedHoldSink, GPUDriver, VhostUserLink) {
    let sink = try ServedHoldSink()
    let served = try ServedDevice(sink: sink)
    let (driver, link) = try served.connect()
    let frame = try Framebuffer(driver, size: Size(width: 64, height: 48), format: .b8g8r8x8)
    try frame.show(on: 0)
    let flush = ResourceFlush(rectangle: Rectangle(frame.surface.size), resourceID: frame.resourceID)
    try submit(flush.request(), driver)
    #expect(try sink.frames.wait(timeoutMilliseconds: 60_000))
    try submit(GetDisplayInfo().request(), driver)
    // The loop goes on: what was kicked before is looked at when this is done.
    try served.perform { _ in }
    #expect(driver.control.collect() == nil)
    return (served, sink, driver, link)
  }

  private func submit(_ request: [UInt8], _ driver: GPUDriver) throws {
    let address = try driver.ram.allocate(4096)
    try driver.ram.memory.write(request, at: address)
    _ = driver.control.submit(
      readable: [DriverQueue.Buffer(address: address, length: UInt32(request.count))],
      writable: [DriverQueue.Buffer(address: address + 1024, length: 1024)])
    if driver.control.needsKick() { try driver.link.kick(0) }
  }

  @Test("nothing is responded to during a hold; when it ends, the flush and what waited behind it are")
  func release() throws {
    let (served, sink, driver, _) = try start()
    sink.release()
    for _ in 0..<2 { _ = try driver.finish(driver.control, 0) }
    served.stop()
  }

  @Test("another device on the same event loop is served during a hold")
  func otherDevice() throws {
    let sink = try ServedHoldSink()
    let pair = try DevicePair(firstSink: sink)
    defer { pair.stop() }
    let drivers = try (0..<2).map { try pair.connect($0) }
    let frames = try drivers.map { try Framebuffer($0, size: Size(width: 64, height: 48), format: .b8g8r8x8) }
    try frames[0].show(on: 0)
    let flush = ResourceFlush(rectangle: Rectangle(frames[0].surface.size), resourceID: frames[0].resourceID)
    try submit(flush.request(), drivers[0])
    #expect(try sink.frames.wait(timeoutMilliseconds: 60_000))
    // Each of these waits for its response.
    try frames[1].show(on: 0)
    for _ in 0..<100 { try frames[1].flush() }
    _ = try drivers[1].displayInfo()
    #expect(drivers[0].control.collect() == nil)
    sink.release()
    _ = try drivers[0].finish(drivers[0].control, 0)
  }

  /// Two devices whose sockets, queues and sinks one event loop serves, on a thread of its own.
  private final class DevicePair: @unchecked Sendable {
    private let loop: EventLoop
    private let servers: [Server]
    private let paths: [String]
    private var thread: NamedThread?

    init(firstSink: any DisplaySink) throws {
      let loop = try EventLoop()
      let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
      let paths = (0..<2).map { "/tmp/scanout-test-\(UInt64.random(in: 0 ... .max))-\($0).sock" }
      servers = try paths.enumerated().map { index, path in
        let wake = try EventCounter()
        let display = DisplaySource { wake.signal() }
        if index == 0 { try display.add(firstSink, named: "sink", policy: .required) }
        let device = Device(outputs: [Output(size: Size(width: 64, height: 48))], display: display, clock: { .zero })
        let runner = try DeviceRunner(device, loop: loop, displayWake: wake, log: log) { Issue.record($0) }
        let server = Server(device: device, loop: loop) { _ in }
        runner.observe(server)
        try server.listen(at: path)
        return server
      }
      (self.loop, self.paths) = (loop, paths)
      thread = try NamedThread("devices") { [self] in
        try? self.loop.run()
        for server in servers { server.stop() }
      }
    }

    func connect(_ index: Int) throws -> GPUDriver {
      let ram = try GuestRAM(count: 16 << 20)
      return try GPUDriver(VhostUserLink(FrontEnd.connect(to: paths[index]), ram: ram), ram: ram)
    }

    func stop() {
      loop.stop()
      thread?.join()
    }
  }

  @Test("a virtual machine that pauses is served at once, and its guest waits again when it goes on")
  func pause() throws {
    let (served, sink, driver, link) = try start()
    try link.pause()
    // The flush; the other request is still in the ring.
    #expect(driver.control.collect() != nil)
    #expect(driver.control.collect() == nil)
    try link.resume(control: driver.control, cursor: driver.cursor)
    try served.perform { _ in }
    #expect(driver.control.collect() == nil)
    sink.release()
    _ = try driver.finish(driver.control, 0)
    served.stop()
  }

  @Test("a guest that resets its device is served at once, and the next one waits until the hold ends")
  func reset() throws {
    let (served, sink, driver, link) = try start()
    try link.reset()
    let next = try GPUDriver(link, ram: driver.ram)
    try submit(GetDisplayInfo().request(), next)
    try served.perform { _ in }
    #expect(next.control.collect() == nil)
    sink.release()
    _ = try next.finish(next.control, 0)
    served.stop()
  }
}

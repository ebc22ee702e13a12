import Display
import GuestDriver
import LinuxIO
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

import Display
import GuestDriver
import ScanoutTesting
import Testing
import VirtioGPU
import Virtqueue
import Wire

@Suite("Fences and ticks")
struct DeviceFenceTests {
  @Test("a fence is responded to when the renderer has reached it, and not before")
  func held() throws {
    let guest = try FencedGuest()
    guest.submit(fence: 1 << 40 | 7)
    #expect(guest.responded.isEmpty)
    guest.renderer.reach()
    guest.device.rendererProgressed()
    #expect(guest.responded == [1 << 40 | 7])
  }

  @Test("rings are responded to out of order, each in its own")
  func rings() throws {
    let guest = try FencedGuest()
    guest.submit(fence: 1, ring: 0)
    guest.submit(fence: 2, ring: 1)
    guest.submit(fence: 3, ring: 1)
    guest.renderer.reach { $0.timeline == .ring(context: 1, index: 1) }
    guest.device.rendererProgressed()
    #expect(guest.responded == [2, 3])
    guest.renderer.reach()
    guest.device.rendererProgressed()
    #expect(guest.responded == [2, 3, 1])
  }

  @Test("what needs no renderer waits for its turn on its timeline all the same")
  func turn() throws {
    let guest = try FencedGuest()
    guest.submit(fence: 1)
    guest.send(GetDisplayInfo().request(fenceID: 2))
    guest.send(GetDisplayInfo().request(fenceID: 3, context: 1, ring: 2))
    guest.send(GetDisplayInfo().request())
    // The fence of another timeline, and the request without one.
    #expect(guest.responded == [3, 0])
    guest.renderer.reach()
    guest.device.rendererProgressed()
    #expect(guest.responded == [3, 0, 1, 2])
  }

  @Test("a later fence that is reached stands for those before it")
  func cumulative() throws {
    let guest = try FencedGuest()
    for fence in [UInt64(9), 9, 0, .max] { guest.submit(fence: fence, ring: 0) }
    let last = try #require(guest.renderer.marked.last)
    guest.renderer.reach { $0 == last }
    guest.device.rendererProgressed()
    #expect(guest.responded == [9, 9, 0, .max])
  }

  @Test("the response repeats fence, context and ring, and no unknown flag")
  func echo() throws {
    let guest = try FencedGuest()
    var header = ControlHeader(type: CommandType.getDisplayInfo.rawValue, flags: 0xff, fenceID: 5, contextID: 1)
    header.ringIndex = 3
    guest.send(header)
    let response = try #require(guest.headers.last)
    #expect(response.flags == 3 && response.fenceID == 5 && response.contextID == 1 && response.ringIndex == 3)
  }

  @Test("a ring that no context can have is a mistake, and responded to", arguments: [64, 255])
  func noRing(index: UInt8) throws {
    let guest = try FencedGuest()
    guest.submit(fence: 1, ring: index)
    #expect(guest.headers.last?.type == ResponseType.invalidParameter.rawValue)
    #expect(guest.responded == [1])
  }

  @Test("a ring that the renderer does not have is fenced by all of its work")
  func unknownRing() throws {
    let guest = try FencedGuest()
    guest.submit(fence: 1, ring: 63)
    #expect(guest.renderer.marked.map(\.timeline) == [.global])
    guest.renderer.reach()
    guest.device.rendererProgressed()
    #expect(guest.responded == [1])
  }

  @Test("a fenced command that fails is responded to, and later ones are as well")
  func failing() throws {
    let guest = try FencedGuest()
    guest.send(Submit3D(size: 4).request(fenceID: 1, context: 77))
    guest.submit(fence: 2)
    guest.renderer.reach()
    guest.device.rendererProgressed()
    #expect(guest.responded == [1, 2])
  }

  @Test("the fences of a context are responded to when it ends")
  func contextEnds() throws {
    let guest = try FencedGuest()
    guest.submit(fence: 1, ring: 0)
    guest.send(ContextDestroy().request(fenceID: 2, context: 1))
    #expect(guest.responded.contains(1) && guest.responded.contains(2))
  }

  @Test("a fence that is never reached counts as reached after a while")
  func watchdog() throws {
    let guest = try FencedGuest()
    guest.submit(fence: 1)
    #expect(guest.device.deadline == DisplayTime(nanoseconds: guest.quota.fencePatience))
    guest.now = guest.quota.fencePatience - 1
    try guest.device.advance()
    #expect(guest.responded.isEmpty)
    guest.now += 1
    try guest.device.advance()
    #expect(guest.responded == [1])
    #expect(guest.device.deadline == nil)
  }

  @Test("a reset forgets what waits, and nothing is responded to later")
  func reset() throws {
    let guest = try FencedGuest()
    guest.submit(fence: 1)
    try guest.device.reset()
    guest.device.rendererProgressed()
    guest.now = .max
    try guest.device.advance()
    #expect(guest.responded.isEmpty && guest.device.deadline == nil)
  }

  @Test("more requests in flight than allowed are refused")
  func inFlight() throws {
    let guest = try FencedGuest()
    for fence in 1...UInt64(guest.quota.pendingCommands) { guest.submit(fence: fence) }
    guest.send(GetDisplayInfo().request())
    #expect(guest.headers.last?.type == ResponseType.outOfMemory.rawValue)
    guest.renderer.reach()
    guest.device.rendererProgressed()
    #expect(guest.responded.count == guest.quota.pendingCommands + 1)
    guest.send(GetDisplayInfo().request())
    #expect(guest.headers.last?.type == ResponseType.okDisplayInfo.rawValue)
  }
}

@Suite("Pacing")
struct PacingTests {
  private static let size = Size(width: 64, height: 48)

  @Test("a flush is responded to at the next tick of the scanout's clock", arguments: [30_000, 60_000, 144_000])
  func tick(millihertz: UInt32) throws {
    let guest = try FencedGuest(pace: .millihertz(millihertz))
    let period = 1_000_000_000_000 / UInt64(millihertz)
    guest.now = period * 3 + 5
    guest.flush(fence: 1)
    #expect(guest.responded.isEmpty)
    #expect(guest.recorder.entries.last == .damage(0, Rectangle(Self.size)))
    #expect(guest.device.deadline == DisplayTime(nanoseconds: period * 4))
    guest.now = period * 4
    try guest.device.advance()
    #expect(guest.responded == [1])
    #expect(guest.recorder.entries.last == .vsync(0, 1))
    #expect(guest.device.deadline == nil)
  }

  @Test("flushes before one tick are one tick's frame")
  func coalesced() throws {
    let guest = try FencedGuest(pace: .millihertz(60_000))
    for fence in 1...3 { guest.flush(fence: UInt64(fence)) }
    guest.now = 1_000_000_000
    try guest.device.advance()
    #expect(guest.responded == [1, 2, 3])
    #expect(guest.recorder.entries.filter { if case .vsync = $0 { true } else { false } } == [.vsync(0, 1)])
  }

  @Test("each scanout has its own clock, at its output's rate")
  func twoRates() throws {
    let guest = try FencedGuest(
      outputs: [
        Output(size: Self.size, refreshMillihertz: 50_000), Output(size: Self.size, refreshMillihertz: 100_000),
      ], pace: .refresh)
    guest.show(on: 1, resource: 6)
    guest.flush(fence: nil)
    guest.flush(fence: nil, resource: 6)
    #expect(guest.device.deadline == DisplayTime(nanoseconds: 10_000_000))
    guest.now = 10_000_000
    try guest.device.advance()
    #expect(guest.recorder.entries.last == .vsync(1, 1))
    #expect(guest.device.deadline == DisplayTime(nanoseconds: 20_000_000))
    guest.now = 20_000_000
    try guest.device.advance()
    #expect(guest.recorder.entries.last == .vsync(0, 1))
  }

  @Test("a response that goes out later goes where the guest's memory is by then")
  func movedMemory() throws {
    let guest = try FencedGuest(pace: .millihertz(60_000))
    let (old, new) = (try GuestRAM(count: 65536), try GuestRAM(count: 65536))
    try guest.device.memoryChanged(old.memory)
    let request = ResourceFlush(rectangle: Rectangle(Self.size), resourceID: 5).request()
    try old.memory.write(request, at: GuestRAM.guestBase)
    let response = DescriptorChain.Segment(address: GuestRAM.guestBase + 4096, length: 24)
    var written: UInt32?
    try guest.device.handleControl(
      DescriptorChain(
        head: 0,
        readable: [DescriptorChain.Segment(address: GuestRAM.guestBase, length: UInt32(request.count))],
        writable: [response], memory: old.memory)
    ) { written = $0 }
    try guest.device.memoryChanged(new.memory)
    guest.now = 1_000_000_000
    try guest.device.advance()
    #expect(written == 24)
    #expect(try old.memory.read(at: response.address, count: 2) == [0, 0])
    #expect(try new.memory.read(at: response.address, count: 2) == [0x00, 0x11])
  }

  @Test("nothing ticks while nothing changes")
  func idle() throws {
    let guest = try FencedGuest(pace: .millihertz(60_000))
    #expect(guest.device.deadline == nil)
    guest.flush(fence: 1)
    try guest.device.reset()
    #expect(guest.device.deadline == nil)
  }
}

/// A guest that does not wait for its responses: context 1, textures 5 and 6, and what was responded to, in order.
final class FencedGuest {
  let renderer: FakeRenderer
  let device: Device
  let recorder = EventRecorder()
  let quota: Quota = {
    var quota = Quota()
    quota.pendingCommands = 8
    return quota
  }()
  var now: UInt64 = 0
  private(set) var headers: [ControlHeader] = []
  var responded: [UInt64] { headers.map(\.fenceID) }

  convenience init(
    outputs: [Output] = [Output(size: Size(width: 64, height: 48))], pace: Pace = .immediate
  ) throws {
    let renderer = try FakeRenderer(holdingFences: true)
    try self.init(renderer, outputs: outputs, pace: pace, renderer: ImmediateRenderer(renderer))
  }

  /// Its renderer is another one than the fake, which `settle` lets complete what it was given.
  convenience init(renderer: any Renderer, settle: @escaping (Device) -> Void) throws {
    try self.init(
      FakeRenderer(), outputs: [Output(size: Size(width: 64, height: 48))], pace: .immediate, renderer: renderer,
      settle: settle)
  }

  private init(
    _ fake: FakeRenderer, outputs: [Output], pace: Pace, renderer: any Renderer,
    settle: (Device) -> Void = { _ in }
  ) throws {
    self.renderer = fake
    let clock = PacingClock()
    device = Device(outputs: outputs, quota: quota, renderers: [renderer], pace: pace, sink: recorder) {
      DisplayTime(nanoseconds: clock.owner?.now ?? 0)
    }
    clock.owner = self
    device.acknowledge(features: DeviceFeatures.all.rawValue)
    send(ContextCreate(capset: 2).request(context: 1))
    for id in [UInt32(5), 6] {
      send(ResourceCreate3D(resourceID: id, format: 1, bind: 2, width: 64, height: 48).request())
    }
    show(on: 0, resource: 5)
    while device.isRendering { settle(device) }
    try #require(headers.allSatisfy { $0.type == ResponseType.okNoData.rawValue })
    headers = []
  }

  private final class PacingClock {
    weak var owner: FencedGuest?
  }

  func show(on scanout: UInt32, resource: UInt32) {
    send(
      SetScanout(rectangle: Rectangle(x: 0, y: 0, width: 64, height: 48), scanout: scanout, resourceID: resource)
        .request())
  }

  func submit(fence: UInt64, ring: UInt8? = nil) {
    send(Submit3D(size: 0).request(fenceID: fence, context: 1, ring: ring))
  }

  func flush(fence: UInt64?, resource: UInt32 = 5) {
    send(
      ResourceFlush(rectangle: Rectangle(x: 0, y: 0, width: 64, height: 48), resourceID: resource)
        .request(fenceID: fence))
  }

  /// Sends a request that is responded to at once; nil: it was not.
  func code(_ command: some Command, context: UInt32 = 0) -> ResponseType? {
    let count = headers.count
    send(command.request(context: context))
    return headers.count == count + 1 ? headers.last.flatMap { ResponseType(rawValue: $0.type) } : nil
  }

  /// Forgets what was responded to.
  func forget() {
    headers = []
  }

  func send(_ header: ControlHeader) {
    var writer = ByteWriter()
    header.write(to: &writer)
    send(writer.bytes)
  }

  func send(_ request: [UInt8]) {
    do {
      try device.executeControl(request) { [unowned self] response in
        var reader = ByteReader(response)
        if let header = try? ControlHeader(&reader) { headers.append(header) }
      }
    } catch {
      Issue.record(error)
    }
  }
}

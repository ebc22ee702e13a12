import Display
import GuestDriver
import LinuxIO
import ScanoutTesting
import Testing
import VirtioGPU
import Virtqueue
import Wire

@Suite("Contexts and rendering")
struct RenderingTests {
  private static let size = Size(width: 64, height: 48)

  @Test("capability sets are found by index and by id")
  func capsets() throws {
    let guest = try TestGuest(renderer: FakeRenderer())
    #expect(guest.device.configuration[12] == 2)
    let info = try guest.driver.send(GetCapsetInfo(index: 1)).body
    #expect(info == [2, 0, 0, 0, 2, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0])
    #expect(try guest.driver.send(GetCapset(id: 2, version: 2)).body == Array(1...20))
    #expect(try guest.code(GetCapsetInfo(index: 2)) == .invalidParameter)
    #expect(try guest.code(GetCapset(id: 0, version: 0)) == .invalidParameter)
    #expect(try guest.code(GetCapset(id: 2, version: 3)) == .invalidParameter)
    #expect(try guest.code(GetCapset(id: 255, version: 0)) == .invalidParameter)
  }

  @Test(
    "a device that offers no kinds of contexts has the capability sets of virgl alone",
    arguments: [(.all, [1, 2, 4]), (DeviceFeatures.all.subtracting(.contextInit), [1, 2])]
      as [(DeviceFeatures, [UInt32])])
  func plainContexts(offered: DeviceFeatures, sets: [UInt32]) throws {
    let venus = Capset(id: Capset.venus, version: 0, data: [4, 4, 4, 4])
    let renderer = try FakeRenderer(capsets: FakeRenderer.capsets + [venus])
    let guest = try TestGuest(offered: offered, renderer: renderer)
    #expect(guest.device.configuration[12] == UInt8(sets.count))
    for (index, set) in sets.enumerated() {
      #expect(try guest.driver.send(GetCapsetInfo(index: UInt32(index))).body.first == UInt8(set))
    }
    #expect(try guest.code(GetCapsetInfo(index: UInt32(sets.count))) == .invalidParameter)
    #expect(
      try guest.code(GetCapset(id: Capset.venus, version: 0)) == (sets.contains(4) ? .okCapset : .invalidParameter))
    // What is asked for means nothing without the feature: the device chooses.
    #expect(try guest.code(ContextCreate(capset: Capset.venus), context: 1) == .okNoData)
    #expect(renderer.contexts == [1: sets.contains(4) ? Capset.venus : Capset.virgl2])
  }

  @Test("drawing of a context appears with the flush, inside its rectangle")
  func draws() throws {
    let renderer = try FakeRenderer()
    let guest = try RenderingGuest(renderer)
    try guest.driver.send(
      SetScanout(rectangle: Rectangle(x: 8, y: 8, width: 32, height: 32), scanout: 0, resourceID: 5))
    try guest.submit(.fill(resource: 5, Color(red: 1, green: 2, blue: 3)))
    #expect(try #require(guest.recorder.current[0]).pixel(0, 0) == [0, 0, 0, 0])
    try guest.driver.send(ResourceFlush(rectangle: Rectangle(x: 10, y: 0, width: 4, height: 48), resourceID: 5))
    let shown = try #require(guest.recorder.current[0])
    #expect(shown.pixel(2, 0) == [3, 2, 1, 255])
    #expect(shown.pixel(1, 0) == [0, 0, 0, 0])
    #expect(guest.recorder.entries.contains(.damage(0, Rectangle(x: 2, y: 0, width: 4, height: 32))))
  }

  @Test("a page flip reads the texture back once")
  func flip() throws {
    let renderer = try FakeRenderer()
    let guest = try RenderingGuest(renderer)
    try guest.submit(.fill(resource: 5, .black))
    try guest.driver.send(SetScanout(rectangle: Rectangle(Self.size), scanout: 0, resourceID: 5))
    try guest.driver.send(ResourceFlush(rectangle: Rectangle(Self.size), resourceID: 5))
    #expect(renderer.reads == [Rectangle(Self.size)])
  }

  @Test("pixels go both ways between a texture and its backing")
  func transfers() throws {
    let guest = try RenderingGuest(FakeRenderer())
    let page = try guest.attachPages(to: 5)
    try guest.ram.memory.write([1, 2, 3, 4], at: page + 256 * 7 + 12)
    let part = Transfer3D(box: Box(x: 3, y: 7, width: 1, height: 1), offset: 256 * 7 + 12, resourceID: 5)
    try guest.driver.send(TransferToHost3D(part), context: 1)
    try guest.ram.memory.write([0, 0, 0, 0], at: page + 256 * 7 + 12)
    try guest.driver.send(TransferFromHost3D(part), context: 1)
    #expect(try guest.ram.memory.read(at: page + 256 * 7 + 12, count: 4) == [1, 2, 3, 4])
  }

  @Test("a 2D resource is a texture for contexts, and is transferred and shown as ever")
  func resource2D() throws {
    let guest = try RenderingGuest(FakeRenderer())
    let frame = try Framebuffer(guest.driver, size: Self.size, format: .r8g8b8a8)
    frame.surface.fill(Rectangle(Self.size), with: Color(red: 9, green: 8, blue: 7))
    try frame.show(on: 0)
    try frame.flush()
    #expect(try #require(guest.recorder.surfaces[0]).pixel(5, 5) == [7, 8, 9, 255])
    try guest.driver.send(ContextAttachResource(resourceID: frame.resourceID), context: 1)
    try guest.submit(.fill(resource: frame.resourceID, Color(red: 1, green: 2, blue: 3)))
    try guest.driver.send(ResourceFlush(rectangle: Rectangle(Self.size), resourceID: frame.resourceID))
    #expect(try #require(guest.recorder.surfaces[0]).pixel(5, 5) == [3, 2, 1, 255])
  }

  @Test("the error of a renderer is the response, and the next command works")
  func failure() throws {
    let guest = try RenderingGuest(FakeRenderer())
    #expect(try guest.code(submitting: .fail) == .unspecified)
    #expect(try guest.code(submitting: .fill(resource: 9, .black)) == .invalidParameter)
    #expect(try guest.code(submitting: .fill(resource: 5, .black)) == .okNoData)
  }

  @Test("pixels for a buffer of a gigabyte, whose rows are too long to count, are refused, and the next command works")
  func vastBuffer() throws {
    let guest = try TestGuest(renderer: FakeRenderer())
    try guest.driver.send(
      ResourceCreate3D(resourceID: 6, target: 0, format: 64, bind: 1 << 17, width: 1 << 30, height: 1))
    var entry = ByteWriter()
    MemoryEntry(address: try guest.ram.allocate(4096), length: 4096).write(to: &entry)
    try guest.driver.send(ResourceAttachBacking(resourceID: 6, entryCount: 1), payload: entry.bytes)
    let pixel = Rectangle(x: 0, y: 0, width: 1, height: 1)
    #expect(try guest.code(TransferToHost2D(rectangle: pixel, offset: 0, resourceID: 6)) == .invalidParameter)
    #expect(try guest.code(ResourceUnref(resourceID: 6)) == .okNoData)
  }

  @Test("blobs of the host are read and written through their backing, and shown")
  func hostBlobs() throws {
    let guest = try RenderingGuest(FakeRenderer())
    let page = try guest.ram.allocate(4096)
    var entry = ByteWriter()
    MemoryEntry(address: page, length: 4096).write(to: &entry)
    try guest.driver.send(
      ResourceCreateBlob(resourceID: 8, memory: .host3DGuest, entryCount: 1, blobID: 3, size: 4096),
      payload: entry.bytes, context: 1)
    try guest.driver.send(ContextAttachResource(resourceID: 8), context: 1)
    try guest.ram.memory.write([1, 2, 3, 4], at: page + 100)
    let fields = Transfer3D(box: Box(x: 100, width: 4), offset: 100, resourceID: 8)
    try guest.driver.send(TransferToHost3D(fields), context: 1)
    try guest.ram.memory.write([0, 0, 0, 0], at: page + 100)
    try guest.driver.send(TransferFromHost3D(fields), context: 1)
    #expect(try guest.ram.memory.read(at: page + 100, count: 4) == [1, 2, 3, 4])
    try guest.driver.send(
      SetScanoutBlob(
        rectangle: Rectangle(x: 0, y: 0, width: 4, height: 4), scanout: 0, resourceID: 8,
        size: Size(width: 4, height: 4), format: 1, stride: 16, offset: 100))
    #expect(try #require(guest.recorder.current[0]).pixel(0, 0) == [1, 2, 3, 4])
  }

  @Test("blobs of the host have a limit of their own, and room again when one goes")
  func hostBlobLimit() throws {
    var quota = Quota()
    quota.hostBlobs = 2
    let guest = try RenderingGuest(FakeRenderer(), quota: quota)
    func create(_ id: UInt32) throws -> ResponseType? {
      try guest.code(ResourceCreateBlob(resourceID: id, memory: .host3D, blobID: 1, size: 4096), context: 1)
    }
    #expect(try create(11) == .okNoData && create(12) == .okNoData)
    #expect(try create(13) == .outOfMemory)
    try guest.driver.send(ResourceUnref(resourceID: 11))
    #expect(try create(13) == .okNoData)
  }

  @Test("contexts of venus, each a process, have a limit of their own, and room again when one goes")
  func venusLimit() throws {
    var quota = Quota()
    quota.venusContexts = 2
    let venus = FakeRenderer.capsets + [Capset(id: Capset.venus, version: 0, data: [4])]
    let guest = try RenderingGuest(FakeRenderer(capsets: venus), quota: quota)
    func create(_ id: UInt32, _ capset: UInt32) throws -> ResponseType? {
      try guest.code(ContextCreate(capset: capset), context: id)
    }
    #expect(try create(11, Capset.venus) == .okNoData && create(12, Capset.venus) == .okNoData)
    #expect(try create(13, Capset.venus) == .outOfMemory)
    #expect(try create(13, 2) == .okNoData)
    #expect(try guest.code(ContextDestroy(), context: 11) == .okNoData)
    #expect(try create(14, Capset.venus) == .okNoData)
  }

  @Test("without a renderer there are no contexts")
  func withoutRenderer() throws {
    let guest = try TestGuest()
    #expect(guest.device.offered == .flat)
    #expect(guest.device.configuration[12] == 0)
    #expect(try guest.code(ContextCreate(), context: 1) == .unspecified)
  }

  @Test("a reset ends contexts, and the next guest starts anew")
  func reset() throws {
    let renderer = try FakeRenderer()
    let guest = try RenderingGuest(renderer)
    try guest.device.reset()
    #expect(renderer.contexts.isEmpty)
  }
}

/// A guest with context 1, which uses texture 5 of 64 by 48 pixels.
final class RenderingGuest {
  let guest: TestGuest
  var driver: GPUDriver { guest.driver }
  var recorder: EventRecorder { guest.recorder }
  var ram: GuestRAM { guest.ram }
  var device: Device { guest.device }

  init(
    _ renderer: any BlockingRenderer, quota: Quota = Quota(), pace: Pace = .immediate,
    clock: @escaping () -> DisplayTime = { .zero }
  ) throws {
    guest = try TestGuest(quota: quota, renderer: renderer, pace: pace, clock: clock)
    try driver.send(request: ContextCreate(capset: 2, name: "test").request(context: 1)).expectOK()
    try driver.send(
      request: ResourceCreate3D(resourceID: 5, format: 1, bind: 2, width: 64, height: 48).request()
    ).expectOK()
    try driver.send(request: ContextAttachResource(resourceID: 5).request(context: 1)).expectOK()
  }

  func code(_ command: some Command, payload: [UInt8] = [], context: UInt32 = 0) throws -> ResponseType? {
    try guest.code(command, payload: payload, context: context)
  }

  func code(submitting command: FakeCommand, in context: UInt32 = 1) throws -> ResponseType? {
    try code(Submit3D(size: UInt32(command.bytes.count)), payload: command.bytes, context: context)
  }

  func submit(_ command: FakeCommand) throws {
    try driver.send(Submit3D(size: UInt32(command.bytes.count)), payload: command.bytes, context: 1)
  }

  /// Gives a texture of 64 by 48 pixels its pages.
  func attachPages(to resource: UInt32) throws -> UInt64 {
    let page = try ram.allocate(12288)
    var entry = ByteWriter()
    MemoryEntry(address: page, length: 12288).write(to: &entry)
    try driver.send(ResourceAttachBacking(resourceID: resource, entryCount: 1), payload: entry.bytes)
    return page
  }
}

extension DriverResponse {
  func expectOK() throws {
    try #require(type < ResponseType.unspecified.rawValue)
  }
}

import Display
import GuestDriver
import ScanoutTesting
import Testing
import VirtioGPU
import Virtqueue
import Wire

@Suite("Renderers that complete later")
struct LateRendererTests {
  private static let blue = Color(red: 0, green: 0, blue: 255)

  @Test("2D commands, queries and cursors go on while a renderer is busy")
  func goesOn() throws {
    let guest = try LateGuest()
    guest.submit("3D", .fill(resource: 5, .black))
    guest.send("info", GetDisplayInfo())
    guest.send("capset", GetCapset(id: 2, version: 2))
    guest.show("show", 7)
    guest.send("transfer", TransferToHost2D(rectangle: LateGuest.all, offset: 0, resourceID: 7))
    guest.flush("flush", 7)
    guest.send("blob", ResourceCreateBlob(resourceID: 8, memory: .guest, size: 4096))
    guest.send("unref", ResourceUnref(resourceID: 8))
    #expect(guest.responded == ["info", "capset", "show", "transfer", "flush", "blob", "unref"])
    #expect(guest.codes.values.allSatisfy { $0.rawValue < ResponseType.unspecified.rawValue }, "\(guest.refusals)")
    #expect(guest.recorder.entries.contains(.damage(0, LateGuest.all)))
    var isMoved = false
    let position = Point(x: 3, y: 4)
    try guest.device.executeCursor(
      UpdateCursor(CursorFields(scanout: 0, position: .zero, resourceID: 7)).request())
    try guest.device.executeCursor(
      MoveCursor(CursorFields(scanout: 0, position: position, resourceID: 7)).request()
    ) { isMoved = true }
    #expect(isMoved && guest.device.display.states[0]?.cursorPosition == position)
    #expect(guest.device.display.states[0]?.cursor != nil)
    guest.settle()
    #expect(guest.responded.last == "3D")
  }

  @Test(
    "a command that takes something from the renderer is responded to after the renderer let go", arguments: [0, 1])
  func letsGo(isUnref: Int) throws {
    let guest = try LateGuest()
    if isUnref == 1 {
      guest.send("gone", ResourceUnref(resourceID: 5))
    } else {
      guest.send("gone", ResourceDetachBacking(resourceID: 5))
    }
    #expect(guest.responded.isEmpty && !guest.renderer.commands.isEmpty)
    guest.settle()
    #expect(guest.codes == ["gone": .okNoData])
  }

  @Test("a change of memory and a reset are complete after the renderer let go", arguments: [true, false])
  func completions(isReset: Bool) throws {
    let guest = try LateGuest()
    guest.submit("3D", .fill(resource: 5, .black))
    var isComplete = false
    if isReset {
      try guest.device.reset { isComplete = true }
    } else {
      try guest.device.memoryChanged(.none) { isComplete = true }
    }
    #expect(!isComplete)
    guest.carryOut(1)
    #expect(!isComplete)
    guest.settle()
    #expect(isComplete)
  }

  @Test("without work of renderers, a change of memory and a reset are complete at once")
  func completeAtOnce() throws {
    let device = Device(outputs: [], sink: EventRecorder(), clock: { .zero })
    var completions = 0
    try device.memoryChanged(.none) { completions += 1 }
    try device.reset { completions += 1 }
    #expect(completions == 2)
  }

  @Test("3D commands keep their order, one after the other, and so do scanouts of one number")
  func order() throws {
    let guest = try LateGuest()
    guest.submit("fill", .fill(resource: 5, Self.blue))
    guest.show("texture", 5)
    guest.show("2D", 7)
    guest.send("off", SetScanout(rectangle: LateGuest.all, scanout: 0, resourceID: 0))
    guest.show("again", 5)
    #expect(guest.renderer.commands.count == 1)
    guest.carryOut(1)
    #expect(guest.responded == ["fill"])
    guest.settle()
    #expect(guest.responded == ["fill", "texture", "2D", "off", "again"])
    #expect(guest.pixel == [255, 0, 0, 255])
    let isShown: [Bool] = guest.recorder.entries.compactMap { entry in
      switch entry {
      case .scanout: true
      case .off: false
      default: nil
      }
    }
    #expect(isShown == [true, true, false, true])
  }

  @Test("a resource can be made again under an id that a waiting command frees")
  func reusedID() throws {
    let guest = try LateGuest()
    guest.submit("3D", .fill(resource: 5, .black))
    guest.send("unref", ResourceUnref(resourceID: 5))
    guest.send("blob", ResourceCreateBlob(resourceID: 5, memory: .guest, size: 4096))
    #expect(guest.responded.isEmpty)
    guest.settle()
    #expect(guest.codes == ["3D": .okNoData, "unref": .okNoData, "blob": .okNoData])
    #expect(guest.fake.resources.isEmpty)
  }

  @Test("responses keep the order of their timeline, and others overtake them")
  func timeline() throws {
    let guest = try LateGuest()
    guest.submit("3D", .fill(resource: 5, .black), fence: 1)
    guest.send("fenced", GetDisplayInfo(), fence: 2)
    guest.send("unfenced", GetDisplayInfo())
    #expect(guest.responded == ["unfenced"])
    guest.settle()
    #expect(guest.responded == ["unfenced", "3D", "fenced"])
  }

  @Test("an error of the renderer is the response, and the command's resource is removed")
  func errors() throws {
    let guest = try LateGuest()
    let before = guest.device.usage
    guest.fake.refusedFormats = [1, 2]
    guest.send("texture", ResourceCreate3D(resourceID: 6, format: 1, bind: 2, width: 64, height: 48))
    guest.send("blob", ResourceCreateBlob(resourceID: 9, memory: .host3D, blobID: 5000, size: 4096), context: 1)
    guest.submit("fill", .fail)
    #expect(guest.device.usage != before)
    guest.settle()
    #expect(guest.codes == ["texture": .invalidParameter, "blob": .invalidParameter, "fill": .unspecified])
    #expect(guest.device.usage == before && guest.device.recountUsage() == before)
  }

  @Test("what renderers complete after a reset is ignored, and the next guest starts with nothing")
  func lateAfterReset() throws {
    let guest = try LateGuest()
    guest.submit("3D", .fill(resource: 5, .black), fence: 1)
    guest.send("texture", ResourceCreate3D(resourceID: 6, format: 1, bind: 2, width: 64, height: 48))
    guest.show("show", 5)
    try guest.device.reset()
    #expect(guest.device.usage == Usage())
    // The next guest makes the same things before the renderer has come so far.
    try guest.start()
    guest.settle()
    #expect(guest.responded.isEmpty)
    #expect(guest.fake.contexts.keys.sorted() == [1] && guest.fake.resources == [5])
    guest.submit("3D", .fill(resource: 5, .black))
    guest.settle()
    #expect(guest.codes == ["3D": .okNoData])
    try guest.device.reset()
    guest.settle()
    #expect(guest.device.usage == Usage() && guest.fake.resources.isEmpty && !guest.device.isRendering)
  }

  @Test("a queue that stops is responded to at once, and its commands are executed all the same")
  func queueStops() throws {
    let guest = try LateGuest()
    guest.submit("first", .fill(resource: 5, .black), fence: 1)
    guest.submit("second", .fill(resource: 5, Self.blue), fence: 2)
    guest.show("show", 5)
    try guest.device.controlQueueStopped()
    #expect(guest.responded.sorted() == ["first", "second", "show"])
    #expect(guest.codes.values.allSatisfy { $0 == .okNoData })
    guest.settle()
    #expect(guest.responded.count == 3)
    #expect(guest.pixel == [255, 0, 0, 255])
    #expect(guest.device.usage == guest.device.recountUsage() && guest.device.usage.pendingCommands == 0)
  }

  @Test("beyond the quota of waiting bytes the control queue waits, and the cursor queue does not")
  func waitingBytes() throws {
    var quota = Quota()
    quota.waitingBytes = 100
    let guest = try LateGuest(quota: quota)
    var isTold = false
    guest.device.onAcceptingRequests = { isTold = true }
    guest.submit("first", .fill(resource: 5, .black))
    #expect(guest.device.acceptsRequests(on: 0))
    guest.submit("second", .fill(resource: 5, .black))
    guest.submit("third", .fill(resource: 5, .black))
    #expect(!guest.device.acceptsRequests(on: 0) && guest.device.acceptsRequests(on: 1))
    // Nothing is refused that comes all the same.
    guest.submit("fourth", .fill(resource: 5, .black))
    guest.carryOut(1)
    #expect(!isTold && !guest.device.acceptsRequests(on: 0))
    guest.settle()
    #expect(isTold && guest.device.acceptsRequests(on: 0))
    #expect(guest.codes.values.allSatisfy { $0 == .okNoData } && guest.codes.count == 4)
    #expect(guest.device.usage.waitingBytes == 0)
  }

  @Test(
    "of a request of the cursor queue that waits, 4 KiB are kept at most", arguments: [4000, 4096, 65536] as [UInt32])
  func longCursorRequest(count: UInt32) throws {
    let guest = try LateGuest()
    guest.submit("3D", .fill(resource: 5, .black))
    let before = guest.device.usage.waitingBytes
    let request = UpdateCursor(CursorFields(scanout: 0, position: .zero, resourceID: 5)).request()
    let address = GuestRAM.guestBase + (512 << 10)
    try guest.ram.memory.write(request, at: address)
    var isCompleted = false
    try guest.device.handleCursor(
      DescriptorChain(
        head: 0, readable: [DescriptorChain.Segment(address: address, length: count)], writable: [],
        memory: guest.ram.memory)
    ) { _ in isCompleted = true }
    #expect(guest.device.usage.waitingBytes - before == min(Int(count), 4096))
    guest.settle()
    #expect(isCompleted && guest.device.display.states[0]?.cursor != nil)
  }

  @Test("the number of waiting commands is bounded as well")
  func waitingCommands() throws {
    var quota = Quota()
    quota.pendingCommands = 2
    let guest = try LateGuest(quota: quota)
    for name in ["first", "second"] { guest.submit(name, .fill(resource: 5, .black)) }
    #expect(!guest.device.acceptsRequests(on: 0))
    guest.settle()
    #expect(guest.device.acceptsRequests(on: 0))
  }

  @Test("an attached backing follows a memory table that changes before the renderer has taken it")
  func movedBacking() throws {
    let guest = try LateGuest()
    guest.send("detach", ResourceDetachBacking(resourceID: 5))
    guest.settle()
    let moved = try GuestRAM(count: 1 << 20)
    try moved.memory.write([1, 2, 3, 255], at: GuestRAM.guestBase + 5 * 16384)
    try guest.attachBacking("attach", to: 5)
    var isComplete = false
    try guest.device.memoryChanged(moved.memory) { isComplete = true }
    #expect(!isComplete)
    let pixel = Transfer3D(box: Box(width: 1), resourceID: 5)
    guest.send("transfer", TransferToHost3D(pixel), context: 1)
    guest.show("show", 5)
    guest.settle()
    #expect(isComplete)
    #expect(guest.codes == ["detach": .okNoData, "attach": .okNoData, "transfer": .okNoData, "show": .okNoData])
    #expect(guest.pixel == [1, 2, 3, 255])
  }

  @Test("an image of a cursor that comes late changes nothing that was said since")
  func lateCursor() throws {
    let guest = try LateGuest()
    func point(_ command: some Command) throws { try guest.device.executeCursor(command.request()) }
    func fields(_ resource: UInt32, _ x: Int32) -> CursorFields {
      CursorFields(scanout: 0, position: Point(x: x, y: 0), resourceID: resource)
    }
    var isComplete = false
    guest.submit("fill", .fill(resource: 5, Self.blue))
    try guest.device.executeCursor(UpdateCursor(fields(5, 1)).request()) { isComplete = true }
    try point(MoveCursor(fields(5, 2)))
    #expect(!isComplete && guest.device.display.states[0]?.cursorPosition == Point(x: 2, y: 0))
    guest.settle()
    #expect(isComplete && guest.device.display.states[0]?.cursorPosition == Point(x: 2, y: 0))
    #expect(guest.device.display.states[0]?.cursor?.surface.pixel(0, 0) == [255, 0, 0, 255])
    // Of two images, the one of the later command stands; and a cursor that was hidden stays hidden.
    try point(UpdateCursor(fields(5, 3)))
    try point(UpdateCursor(fields(7, 4)))
    try point(MoveCursor(fields(0, 5)))
    guest.settle()
    #expect(guest.device.display.states[0]?.cursor == nil)
    try point(MoveCursor(fields(7, 6)))
    #expect(guest.device.display.states[0]?.cursor?.surface.pixel(0, 0) == [0, 0, 0, 0])
  }

  @Test("an update of the cursor that is refused changes nothing of one that waits")
  func refusedCursor() throws {
    let guest = try LateGuest()
    guest.submit("fill", .fill(resource: 5, Self.blue))
    for (resource, x) in [(UInt32(5), Int32(1)), (99, 2)] {
      let fields = CursorFields(scanout: 0, position: Point(x: x, y: 0), resourceID: resource)
      try guest.device.executeCursor(UpdateCursor(fields).request())
    }
    guest.settle()
    #expect(guest.device.display.states[0]?.cursor?.surface.pixel(0, 0) == [255, 0, 0, 255])
    #expect(guest.device.display.states[0]?.cursorPosition == Point(x: 1, y: 0))
  }

  @Test("while a sink holds the display, nothing that a renderer completes makes a frame")
  func held() throws {
    let guest = try LateGuest(outputs: 2)
    let sink = FrameHoldingSink()
    try guest.device.display.add(sink, named: "holding", policy: .required)
    guest.show("texture", 5)
    guest.show("2D", 7, on: 1)
    guest.settle()
    guest.submit("fill", .fill(resource: 5, Self.blue))
    guest.settle()
    guest.flush("late", 5)
    guest.flush("held", 7)
    guest.flush("next", 5)
    guest.settle()
    #expect(guest.responded == ["2D", "texture", "fill"])
    #expect(guest.device.display.states[0]?.frame == 0)
    sink.hold = nil
    try guest.device.display.serve()
    #expect(guest.responded.last == "held" && guest.device.display.states[0]?.frame == 1)
    sink.hold = nil
    try guest.device.display.serve()
    #expect(guest.responded.last == "late" && guest.device.display.states[0]?.frame == 2)
    sink.hold = nil
    try guest.device.display.serve()
    #expect(guest.responded.last == "next")
  }
}

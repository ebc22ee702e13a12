import Display
import GuestDriver
import ScanoutTesting
import Testing
import VirtioGPU
import Virtqueue
import Wire

@Suite("Lost renderers")
struct LostRendererTests {
  private static let blue = Color(red: 0, green: 0, blue: 255)

  @Test("what waits for a renderer that dies fails, and so does every later 3D command")
  func fails() throws {
    let guest = try LateGuest()
    var troubles: [String] = []
    guest.device.onTrouble = { troubles.append($0) }
    guest.submit("first", .fill(resource: 5, .black))
    guest.submit("second", .fill(resource: 5, .black), fence: 1)
    guest.renderer.lose("it crashed")
    guest.device.rendererProgressed()
    guest.submit("third", .fill(resource: 5, .black))
    #expect(guest.codes == ["first": .unspecified, "second": .unspecified, "third": .unspecified])
    #expect(troubles.count == 1 && troubles.first?.contains("it crashed") == true)
    #expect(!guest.device.isRendering && guest.device.usage.pendingCommands == 0)
  }

  @Test("a fence that a renderer never reaches because it dies is responded to with an error")
  func fence() throws {
    let fake = try FakeRenderer(holdingFences: true)
    let renderer = try ManualRenderer(fake)
    let guest = try FencedGuest(renderer: renderer) {
      renderer.carryOut()
      $0.rendererProgressed()
    }
    guest.submit(fence: 1)
    renderer.carryOut()
    guest.device.rendererProgressed()
    #expect(guest.responded.isEmpty && fake.marked.count == 1)
    renderer.lose("it hangs")
    guest.device.rendererProgressed()
    #expect(guest.headers.map(\.type) == [ResponseType.unspecified.rawValue])
    #expect(guest.device.deadline == nil)
  }

  @Test("contexts stay known until they are destroyed, 2D continues, and scanouts keep the last image read back")
  func goesOn() throws {
    let guest = try LateGuest()
    guest.submit("fill", .fill(resource: 5, Self.blue))
    guest.show("show", 5)
    guest.settle()
    guest.renderer.lose("it crashed")
    guest.device.rendererProgressed()
    guest.forget()
    guest.send("again", ContextCreate(capset: 2), context: 1)
    #expect(guest.codes == ["again": .invalidContextID])
    guest.flush("flush", 5)
    #expect(guest.codes["flush"] == .okNoData && guest.pixel == [255, 0, 0, 255])
    guest.send("2D", ResourceCreate2D(resourceID: 8, format: 1, width: 64, height: 48))
    guest.show("show 2D", 8)
    guest.flush("flush 2D", 8)
    #expect(guest.codes["2D"] == .okNoData && guest.codes["flush 2D"] == .okNoData)
    #expect(guest.pixel == [0, 0, 0, 0])
    for id in [UInt32(5), 7, 8] { guest.send("unref \(id)", ResourceUnref(resourceID: id)) }
    guest.send("destroy", ContextDestroy(), context: 1)
    #expect(guest.codes["unref 5"] == .okNoData && guest.codes["destroy"] == .okNoData)
    #expect(guest.device.usage == Usage())
  }

  @Test("a change of memory and a reset that wait for a renderer are complete when it dies", arguments: [true, false])
  func completions(isReset: Bool) throws {
    let guest = try LateGuest()
    var isComplete = false
    if isReset {
      try guest.device.reset { isComplete = true }
    } else {
      try guest.device.memoryChanged(.none) { isComplete = true }
    }
    #expect(!isComplete)
    guest.renderer.lose("it crashed")
    guest.device.rendererProgressed()
    #expect(isComplete)
  }
}

@Suite("Several renderers")
struct SeveralRenderersTests {
  private static let crossDomain = Capset(id: 5, version: 0, data: [5])

  private func guest() throws -> LateGuest {
    try LateGuest(capsets: [FakeRenderer.capsets, [Self.crossDomain, FakeRenderer.capsets[1]]])
  }

  @Test("their capability sets come one after the other, each once, and contexts go where theirs is")
  func contexts() throws {
    let guest = try guest()
    #expect(guest.device.configuration[12] == 3)
    guest.send("context", ContextCreate(capset: 5), context: 2)
    guest.settle()
    #expect(guest.codes == ["context": .okNoData])
    #expect(guest.fakes[0].contexts == [1: 2] && guest.fakes[1].contexts == [2: 5])
    guest.send("destroy", ContextDestroy(), context: 2)
    guest.settle()
    #expect(guest.fakes[0].contexts == [1: 2] && guest.fakes[1].contexts.isEmpty)
  }

  @Test("a resource of one renderer cannot be used by a context of another")
  func resources() throws {
    let guest = try guest()
    guest.send("context", ContextCreate(capset: 5), context: 2)
    guest.send("attach", ContextAttachResource(resourceID: 5), context: 2)
    guest.send("transfer", TransferToHost3D(Transfer3D(box: Box(width: 1), resourceID: 5)), context: 2)
    guest.send("blob", ResourceCreateBlob(resourceID: 9, memory: .host3D, blobID: 1, size: 4096), context: 2)
    guest.settle()
    #expect(
      guest.codes == [
        "context": .okNoData, "attach": .invalidParameter, "transfer": .invalidParameter, "blob": .okNoData,
      ])
    #expect(guest.refusals.contains { $0.contains("another renderer") })
    #expect(guest.fakes[0].resources == [5] && guest.fakes[1].resources == [9])
  }

  @Test("one that is busy or dies does not concern the other")
  func independent() throws {
    let guest = try guest()
    guest.submit("3D", .fill(resource: 5, .black))
    guest.send("context", ContextCreate(capset: 5), context: 2)
    guest.carryOut(by: 1)
    #expect(guest.responded == ["context"])
    guest.renderers[1].lose("it crashed")
    guest.device.rendererProgressed()
    #expect(guest.responded == ["context"])
    guest.settle()
    #expect(guest.codes == ["context": .okNoData, "3D": .okNoData])
  }

  @Test("a reset is complete when all have let go")
  func reset() throws {
    let guest = try guest()
    guest.send("context", ContextCreate(capset: 5), context: 2)
    guest.settle()
    var isComplete = false
    try guest.device.reset { isComplete = true }
    guest.carryOut(by: 1)
    #expect(!isComplete)
    guest.carryOut(by: 0)
    #expect(isComplete)
  }
}

import Display
import GuestDriver
import ScanoutTesting
import Testing
import VirtioGPU

@Suite("Commands that a renderer has before others are complete")
struct OverlappingCommandTests {
  private static let names = (0..<64).map { "submit \($0)" }

  /// A guest with 64 submits under way, of which the one with the number `failing` fails.
  private func guest(failing: Int? = nil, fences: Bool = false, quota: Quota = Quota()) throws -> LateGuest {
    let guest = try LateGuest(quota: quota)
    for (number, name) in Self.names.enumerated() {
      guest.submit(name, number == failing ? .fail : .fill(resource: 5, .black), fence: fences ? UInt64(number) : nil)
    }
    return guest
  }

  @Test(
    "submits and transfers are given to the renderer at once, and responded to in their order",
    arguments: [false, true])
  func order(fences: Bool) throws {
    let guest = try guest(fences: fences)
    let box = Transfer3D(box: Box(width: 1), resourceID: 5)
    guest.send("transfer", TransferToHost3D(box), context: 1)
    #expect(guest.renderer.commands.count == (fences ? 128 : 64), "64 commands, with a fence each")
    #expect(guest.responded.isEmpty)
    guest.carryOut(fences ? 10 : 5)
    #expect(guest.responded == Array(Self.names.prefix(5)))
    guest.settle()
    #expect(guest.responded == Self.names + ["transfer"])
    #expect(guest.codes.values.allSatisfy { $0 == .okNoData })
    #expect(guest.device.usage == guest.device.recountUsage() && guest.device.usage.pendingCommands == 0)
  }

  @Test("the quota says how many the renderer has at a time")
  func depth() throws {
    var quota = Quota()
    quota.rendererQueueDepth = 3
    let guest = try guest(quota: quota)
    #expect(guest.renderer.commands.count == 3)
    guest.carryOut(1)
    #expect(guest.renderer.commands.count == 3)
    guest.settle()
    #expect(guest.responded == Self.names)
  }

  @Test("a submit that fails in their midst is responded to in its turn, and harms no other", arguments: [false, true])
  func failure(isMalformed: Bool) throws {
    let guest = try LateGuest()
    for (number, name) in Self.names.enumerated() {
      if number == 31, isMalformed {
        // It is refused before the renderer sees it.
        guest.send(name, Submit3D(size: 3), context: 1)
      } else {
        guest.submit(name, number == 31 ? .fail : .fill(resource: 5, .black))
      }
    }
    #expect(guest.responded.isEmpty)
    guest.settle()
    #expect(guest.responded == Self.names)
    #expect(guest.codes[Self.names[31]] == (isMalformed ? .invalidParameter : .unspecified))
    #expect(guest.codes.values.count { $0 == .okNoData } == 63)
  }

  @Test("a reset drops all of them, and is complete after the renderer let go")
  func reset() throws {
    let guest = try guest(fences: true)
    var isComplete = false
    try guest.device.reset { isComplete = true }
    #expect(guest.device.usage == Usage())
    guest.carryOut(128)
    #expect(!isComplete)
    guest.settle()
    #expect(isComplete && guest.responded.isEmpty && guest.fake.resources.isEmpty && !guest.device.isRendering)
  }

  @Test("when the renderer is lost, all of them fail in their order", arguments: [false, true])
  func loss(fences: Bool) throws {
    let guest = try guest(fences: fences)
    guest.submit("65th", .fill(resource: 5, .black))
    guest.carryOut(fences ? 10 : 5)
    guest.renderer.lose("it crashed")
    guest.device.rendererProgressed()
    #expect(guest.responded == Self.names + ["65th"])
    #expect(guest.codes.filter { $0.value == .okNoData }.keys.sorted() == Self.names.prefix(5).sorted())
    #expect(guest.codes.values.count { $0 == .unspecified } == 60)
    #expect(!guest.device.isRendering && guest.device.usage.pendingCommands == 0)
    #expect(guest.device.usage == guest.device.recountUsage())
  }

  @Test(
    "a command that takes something away waits for all of them, and those behind it wait for it",
    arguments: ["UNREF", "DETACH", "DESTROY"])
  func takesAway(command: String) throws {
    let guest = try guest()
    switch command {
    case "UNREF": guest.send(command, ResourceUnref(resourceID: 5))
    case "DETACH": guest.send(command, ResourceDetachBacking(resourceID: 5))
    default: guest.send(command, ContextDestroy(), context: 1)
    }
    guest.submit("behind", .fill(resource: 5, .black))
    #expect(guest.renderer.commands.count == 64)
    guest.carryOut(63)
    #expect(guest.responded == Array(Self.names.prefix(63)) && guest.renderer.commands.count == 1)
    guest.carryOut(1)
    #expect(guest.responded == Self.names && !guest.renderer.commands.isEmpty, "it is with the renderer now")
    guest.settle()
    #expect(guest.responded == Self.names + [command, "behind"])
    // Its context is gone, or does not use the resource any more.
    #expect(
      guest.codes["behind"]
        == (command == "DETACH" ? .okNoData : command == "UNREF" ? .invalidParameter : .invalidContextID))
  }

  @Test("a change of memory waits for all of them")
  func memory() throws {
    let guest = try guest()
    var isComplete = false
    try guest.device.memoryChanged(guest.ram.memory) { isComplete = true }
    guest.carryOut(64)
    #expect(guest.responded == Self.names && !isComplete)
    guest.settle()
    #expect(isComplete)
  }
}

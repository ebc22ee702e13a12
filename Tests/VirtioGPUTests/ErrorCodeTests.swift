import Display
import GuestDriver
import LinuxIO
import Testing
import Virtqueue
import Wire

@testable import VirtioGPU

/// A request by name, what it is answered with, so that the table below reads as one.
struct Mistake: CustomTestStringConvertible, Sendable {
  let name: String
  let request: [UInt8]
  let answer: ResponseType

  init(_ name: String, _ command: some Command, payload: [UInt8] = [], _ answer: ResponseType) {
    self.name = name
    request = command.request() + payload
    self.answer = answer
  }

  var testDescription: String { name }
}

/// Resource 1 is 64×48 with a backing, resource 2 has none, and there are two scanouts.
private let mistakes: [Mistake] = [
  Mistake("create with id 0", create(0), .invalidResourceID),
  Mistake("create with an id that exists", create(1), .invalidResourceID),
  Mistake("create with format 0", create(9, format: 0), .invalidParameter),
  Mistake("create with format 5", create(9, format: 5), .invalidParameter),
  Mistake("create with format 2^32-1", create(9, format: .max), .invalidParameter),
  Mistake("create without width", create(9, width: 0), .invalidParameter),
  Mistake("create without height", create(9, height: 0), .invalidParameter),
  Mistake("create 32768 wide", create(9, width: 32768, height: 1), .outOfMemory),
  Mistake("create 32769 by 32768, which wraps 2^32", create(9, width: 32769, height: 32768), .outOfMemory),
  Mistake("create 65535 high", create(9, width: 1, height: 65535), .outOfMemory),
  Mistake("create 2^31 wide", create(9, width: 1 << 31, height: 1), .outOfMemory),
  Mistake("create 2^30+1 by 16, which wraps 2^32 to 64", create(9, width: 0x4000_0001, height: 16), .outOfMemory),
  Mistake("create 2^32-1 squared, which wraps 2^64", create(9, width: .max, height: .max), .outOfMemory),
  Mistake("create more than the quota", create(9, width: 16384, height: 16385), .outOfMemory),
  Mistake("unref of 0", ResourceUnref(resourceID: 0), .invalidResourceID),
  Mistake("unref of an unknown id", ResourceUnref(resourceID: .max), .invalidResourceID),
  Mistake("attach to an unknown id", attach(9, 1), payload: entries([(0x4000_0000, 16)]), .invalidResourceID),
  Mistake("attach twice", attach(1, 1), payload: entries([(0x4000_0000, 16)]), .unspecified),
  Mistake("attach of no entry", attach(2, 0), .unspecified),
  Mistake("attach of more than arrived", attach(2, 2), payload: entries([(0x4000_0000, 16)]), .unspecified),
  Mistake("attach of 16385 without any", attach(2, 16385), .unspecified),
  Mistake("attach of 2^32-1", attach(2, .max), payload: entries([(0x4000_0000, 16)]), .unspecified),
  Mistake("attach at address 0", attach(2, 1), payload: entries([(0, 16)]), .unspecified),
  Mistake("attach beyond memory", attach(2, 1), payload: entries([(0x4000_0000, .max)]), .unspecified),
  Mistake("attach around 2^64", attach(2, 1), payload: entries([(.max - 7, 16)]), .unspecified),
  Mistake("attach half outside", attach(2, 2), payload: entries([(0x4000_0000, 16), (0, 16)]), .unspecified),
  Mistake("detach from an unknown id", ResourceDetachBacking(resourceID: 9), .invalidResourceID),
  Mistake("detach from one without", ResourceDetachBacking(resourceID: 2), .unspecified),
  Mistake("transfer to an unknown id", transfer(9), .invalidResourceID),
  Mistake("transfer to one without backing", transfer(2), .unspecified),
  Mistake("transfer one pixel too wide", transfer(1, width: 65), .invalidParameter),
  Mistake("transfer whose right edge wraps", transfer(1, x: .max, width: 2), .invalidParameter),
  Mistake("transfer of 2^32-1 rows", transfer(1, height: .max), .invalidParameter),
  Mistake("transfer from one byte too far", transfer(1, offset: 1), .invalidParameter),
  Mistake("transfer from 2^33", transfer(1, offset: 1 << 33), .invalidParameter),
  Mistake("transfer from 2^64-1", transfer(1, offset: .max), .invalidParameter),
  Mistake("scanout 2 of 2", show(scanout: 2, 1), .invalidScanoutID),
  Mistake("scanout 16", show(scanout: 16, 1), .invalidScanoutID),
  Mistake("scanout 2^32-1", show(scanout: .max, 1), .invalidScanoutID),
  Mistake("scanout of an unknown resource", show(scanout: 0, 9), .invalidResourceID),
  Mistake("scanout of nothing", show(scanout: 0, 1, width: 0), .invalidParameter),
  Mistake("scanout outside the resource", show(scanout: 0, 1, x: 1), .invalidParameter),
  Mistake("scanout whose edge wraps", show(scanout: 0, 1, x: .max, width: 2), .invalidParameter),
  Mistake("flush of an unknown resource", flush(9), .invalidResourceID),
  Mistake("flush outside the resource", flush(1, y: 1), .invalidParameter),
  Mistake("flush whose edge wraps", flush(1, y: .max), .invalidParameter),
  Mistake("EDID of scanout 2 of 2", GetEDID(scanout: 2), .invalidParameter),
  Mistake("EDID of scanout 2^32-1", GetEDID(scanout: .max), .invalidParameter),
  Mistake("a cursor update on the control queue", UpdateCursor(pointer), .unspecified),
  Mistake("a cursor move on the control queue", MoveCursor(pointer), .unspecified),
]

private let pointer = CursorFields(scanout: 0, position: .zero, resourceID: 1)

private func create(
  _ id: UInt32, format: UInt32 = 1, width: UInt32 = 8, height: UInt32 = 8
) -> ResourceCreate2D {
  ResourceCreate2D(resourceID: id, format: format, width: width, height: height)
}

private func attach(_ id: UInt32, _ count: UInt32) -> ResourceAttachBacking {
  ResourceAttachBacking(resourceID: id, entryCount: count)
}

private func entries(_ list: [(UInt64, UInt32)]) -> [UInt8] {
  var writer = ByteWriter()
  for (address, length) in list { MemoryEntry(address: address, length: length).write(to: &writer) }
  return writer.bytes
}

private func transfer(
  _ id: UInt32, x: UInt32 = 0, width: UInt32 = 64, height: UInt32 = 48, offset: UInt64 = 0
) -> TransferToHost2D {
  TransferToHost2D(
    rectangle: Rectangle(x: x, y: 0, width: width, height: height), offset: offset, resourceID: id)
}

private func show(scanout: UInt32, _ id: UInt32, x: UInt32 = 0, width: UInt32 = 64) -> SetScanout {
  SetScanout(rectangle: Rectangle(x: x, y: 0, width: width, height: 48), scanout: scanout, resourceID: id)
}

private func flush(_ id: UInt32, y: UInt32 = 0) -> ResourceFlush {
  ResourceFlush(rectangle: Rectangle(x: 0, y: y, width: 64, height: 48), resourceID: id)
}

@Suite("A guest's mistake is an error code")
struct ErrorCodeTests {
  private func makeGuest() throws -> TestGuest {
    let size = Size(width: 64, height: 48)
    let guest = try TestGuest(outputs: [Output(size: size), Output(size: size)])
    let frame = try Framebuffer(guest.driver, size: size, format: .b8g8r8x8)
    try guest.driver.send(ResourceCreate2D(resourceID: 2, format: 1, width: 64, height: 48))
    try frame.show(on: 0)
    guest.recorder.clear()
    return guest
  }

  @Test("each mistake has its code, shows nothing, and leaves the next command working", arguments: mistakes)
  func mistake(mistake: Mistake) throws {
    let guest = try makeGuest()
    let answer = try guest.driver.exchange(mistake.request)
    #expect(ResponseType(rawValue: answer.type) == mistake.answer)
    #expect(answer.body.isEmpty)
    #expect(guest.recorder.entries.isEmpty)
    #expect(guest.refusals.count == 1)
    try guest.driver.send(flush(1))
    #expect(guest.recorder.entries.count == 2)
  }

  @Test(
    "types that do not exist, and answers as requests, are unspecified",
    arguments: [0, 0x00ff, 0x010e, 0x01ff, 0x020a, 0x0302, 0x1100, 0x1200, 0x8000_0000, .max] as [UInt32])
  func unknownType(type: UInt32) throws {
    let guest = try makeGuest()
    var writer = ByteWriter()
    ControlHeader(type: type).write(to: &writer)
    writer.zeros(72)
    #expect(try guest.driver.exchange(writer.bytes).type == ResponseType.unspecified.rawValue)
  }

  @Test(
    "commands of features that were not negotiated are refused",
    arguments: CommandType.allCases.filter { $0.rawValue >= 0x0108 && $0 != .getEDID })
  func notNegotiated(type: CommandType) throws {
    let guest = try TestGuest(features: 1 << 32)
    var writer = ByteWriter()
    ControlHeader(type: type.rawValue, contextID: 1).write(to: &writer)
    writer.zeros(200)
    #expect(try guest.driver.exchange(writer.bytes).type == ResponseType.unspecified.rawValue)
  }

  @Test("EDID is refused when it was not negotiated")
  func edidNotNegotiated() throws {
    let guest = try TestGuest(features: 1 << 32)
    #expect(try guest.code(GetEDID(scanout: 0)) == .unspecified)
  }

  @Test("a refused command still ends its fence", arguments: [0, 1, 1 << 32, .max] as [UInt64])
  func fencedMistake(fence: UInt64) throws {
    let guest = try makeGuest()
    let answer = try guest.driver.exchange(ResourceUnref(resourceID: 77).request(fenceID: fence))
    #expect(answer.header.flags == ControlHeader.fenceFlag)
    #expect(answer.header.fenceID == fence)
  }

  @Test("a fence comes back with its id and context, and no other flag")
  func fence() throws {
    let guest = try makeGuest()
    var writer = ByteWriter()
    ControlHeader(type: 0x0100, flags: .max, fenceID: 0xdead_beef_0123, contextID: 7, ringIndex: 3).write(to: &writer)
    let answer = try guest.driver.exchange(writer.bytes)
    #expect(
      answer.header
        == ControlHeader(type: 0x1101, flags: 1, fenceID: 0xdead_beef_0123, contextID: 7, ringIndex: 0))
  }

  @Test("memory is given back: creating and destroying for ever stays within the quota")
  func quotaIsReturned() throws {
    var limits = Limits()
    limits.resourceBytes = 64 * 48 * 4 * 2
    limits.resources = 2
    let guest = try TestGuest(limits: limits)
    for round in UInt32(1)...50 {
      #expect(try guest.code(create(round, width: 64, height: 48)) == .okNoData)
      #expect(try guest.code(create(1000 + round, width: 64, height: 48)) == .okNoData)
      #expect(try guest.code(create(2000, width: 1, height: 1)) == .outOfMemory)
      #expect(try guest.code(ResourceUnref(resourceID: round)) == .okNoData)
      #expect(try guest.code(ResourceUnref(resourceID: 1000 + round)) == .okNoData)
    }
  }

  @Test("a screen has its limit, and so have all of them together")
  func shownQuota() throws {
    let output = Output(size: Size(width: 64, height: 48))
    let guest = try TestGuest(outputs: [output, output, output])
    func show(_ height: UInt32, on scanout: UInt32) throws -> ResponseType? {
      let rectangle = Rectangle(x: 0, y: 0, width: 16384, height: height)
      return try guest.code(SetScanout(rectangle: rectangle, scanout: scanout, resourceID: 1))
    }
    // Nothing is drawn, so the host has none of these pages.
    #expect(try guest.code(create(1, width: 16384, height: 16384)) == .okNoData)
    #expect(try show(8193, on: 0) == .outOfMemory)
    #expect(try show(8192, on: 0) == .okNoData)
    #expect(try show(8192, on: 1) == .okNoData)
    #expect(try show(1, on: 2) == .outOfMemory)
    // What an output shows already does not count against what it is to show.
    #expect(try show(8191, on: 1) == .okNoData)
    #expect(try show(1, on: 2) == .okNoData)
    let nothing = Rectangle(x: 0, y: 0, width: 0, height: 0)
    #expect(try guest.code(SetScanout(rectangle: nothing, scanout: 0, resourceID: 0)) == .okNoData)
    #expect(try show(8192, on: 2) == .okNoData)
    #expect(guest.recorder.entries.count == 6)
  }

  @Test("pieces of backings are counted over all resources, and given back")
  func backingQuota() throws {
    var limits = Limits()
    limits.backingPieces = 6
    let guest = try TestGuest(limits: limits)
    for id in UInt32(1)...3 { #expect(try guest.code(create(id)) == .okNoData) }
    // Pages that do not lie side by side, so that each stays a piece.
    func scattered(_ count: Int) -> [UInt8] {
      entries((0..<count).map { (GuestRAM.guestBase + 0x2000 * UInt64($0), 0x1000) })
    }
    #expect(try guest.code(attach(1, 4), payload: scattered(4)) == .okNoData)
    #expect(try guest.code(attach(2, 3), payload: scattered(3)) == .outOfMemory)
    #expect(try guest.code(attach(2, 2), payload: scattered(2)) == .okNoData)
    #expect(try guest.code(attach(3, 1), payload: scattered(1)) == .outOfMemory)
    // Entries without bytes are remembered too.
    #expect(try guest.code(attach(3, 7), payload: entries(Array(repeating: (0, 0), count: 7))) == .outOfMemory)
    try guest.device.memoryChanged(guest.ram.memory)
    #expect(try guest.code(ResourceDetachBacking(resourceID: 1)) == .okNoData)
    #expect(try guest.code(attach(3, 3), payload: scattered(3)) == .okNoData)
    #expect(try guest.code(ResourceUnref(resourceID: 2)) == .okNoData)
    #expect(try guest.code(attach(1, 3), payload: scattered(3)) == .okNoData)
    try guest.driver.link.reset()
    #expect(guest.device.resources.isEmpty)
    #expect(guest.device.backingPieces == 0)
  }

  @Test("one entry over many small regions counts as many pieces")
  func manyRegions() throws {
    var limits = Limits()
    limits.backingPieces = 6
    let guest = try TestGuest(limits: limits)
    let regions = try (0..<8).map { index in
      let offset = UInt64(index) * 4096
      return GuestMemory.Region(
        guestAddress: GuestRAM.guestBase + offset, userAddress: GuestRAM.userBase + offset,
        mapping: try MappedMemory(guest.ram.file, offset: offset, count: 4096))
    }
    #expect(try guest.code(create(1)) == .okNoData)
    try guest.device.memoryChanged(try GuestMemory(regions))
    #expect(
      try guest.code(attach(1, 1), payload: entries([(GuestRAM.guestBase, 7 * 4096)])) == .outOfMemory)
    #expect(try guest.code(attach(1, 1), payload: entries([(GuestRAM.guestBase, 6 * 4096)])) == .okNoData)
  }
}

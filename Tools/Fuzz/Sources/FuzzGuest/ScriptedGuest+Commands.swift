import Display
import FuzzSupport
import VirtioGPU
import Wire

/// Requests whose form is right and whose fields are anything.
extension ScriptedGuest {
  func controlRequest() -> [UInt8] {
    switch choices.below(16) {
    case 0: request(GetDisplayInfo())
    case 1: request(GetEDID(scanout: scanout()))
    case 2, 3:
      request(
        ResourceCreate2D(
          resourceID: resource(),
          format: choices.oneIn(8) ? choices.word() : choices.pick(1, 2, 3, 4, 67, 68, 121, 134),
          width: choices.word(), height: choices.word()))
    case 4: request(ResourceUnref(resourceID: resource()))
    case 5, 6: request(SetScanout(rectangle: rectangle(), scanout: scanout(), resourceID: resource()))
    case 7, 8: request(ResourceFlush(rectangle: rectangle(), resourceID: resource()))
    case 9, 10:
      request(
        TransferToHost2D(
          rectangle: rectangle(), offset: choices.oneIn(4) ? choices.long() : UInt64(choices.word()),
          resourceID: resource()))
    case 11, 12: attach()
    case 13: request(ResourceDetachBacking(resourceID: resource()))
    case 14: request(anyCommand, choices.run(atMost: 96))
    default: choices.run(atMost: 128)
    }
  }

  func cursorRequest() -> [UInt8] {
    let fields = CursorFields(
      scanout: scanout(), position: point(), resourceID: resource(), hotSpot: point())
    return choices.oneIn(2) ? request(MoveCursor(fields)) : request(UpdateCursor(fields))
  }

  /// A backing of pages that follow one another, or of anything.
  private func attach() -> [UInt8] {
    let count = choices.below(20)
    var entries = ByteWriter()
    var next = address()
    for _ in 0..<count {
      let length = choices.word() &* choices.pick(64, 1, 4096)
      MemoryEntry(address: next, length: length).write(to: &entries)
      next = choices.oneIn(3) ? address() : next &+ UInt64(length)
    }
    let claimed = choices.oneIn(8) ? choices.word() : UInt32(count)
    return request(ResourceAttachBacking(resourceID: resource(), entryCount: claimed)) + entries.bytes
  }

  func request<Request: Command>(_ command: Request, in context: UInt32 = 0) -> [UInt8] {
    var writer = ByteWriter(capacity: 128)
    command.write(to: &writer)
    return request(Request.type.rawValue, writer.bytes, in: context)
  }

  private func request(_ type: UInt32, _ fields: [UInt8], in context: UInt32 = 0) -> [UInt8] {
    var writer = ByteWriter(capacity: ControlHeader.size + fields.count)
    var header = ControlHeader(type: type, contextID: context)
    switch choices.below(8) {
    case 0..<4: break
    case 4, 5:
      header.flags = ControlHeader.fenceFlag
      header.fenceID = UInt64(choices.byte())
    case 6:
      header.flags = ControlHeader.fenceFlag | ControlHeader.ringFlag
      header.fenceID = UInt64(choices.byte())
      header.contextID = context == 0 ? self.context() : context
      header.ringIndex = UInt8(choices.below(6))
    default:
      header = ControlHeader(
        type: type, flags: choices.word(), fenceID: choices.long(), contextID: choices.word(),
        ringIndex: choices.byte())
    }
    header.write(to: &writer)
    writer.bytes(fields)
    return writer.bytes
  }

  private var anyCommand: UInt32 {
    let types = CommandType.allCases.map(\.rawValue) + [0, 0xff, 0x010e, 0x020a, 0x0302, 0x1100, 0x1200]
    return types[choices.below(types.count)]
  }

  func resource() -> UInt32 {
    choices.oneIn(8) ? choices.word() : UInt32(choices.below(5))
  }

  func scanout() -> UInt32 {
    choices.oneIn(8) ? choices.word() : UInt32(choices.below(Self.scanouts))
  }

  func rectangle() -> Rectangle {
    Rectangle(x: choices.word(), y: choices.word(), width: choices.word(), height: choices.word())
  }

  private func point() -> Point {
    Point(x: Int32(bitPattern: choices.word()), y: Int32(bitPattern: choices.word()))
  }
}

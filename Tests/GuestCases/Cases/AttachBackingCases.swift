internal import Display
internal import GuestDriver
internal import ScanoutTesting
internal import VirtioGPU
internal import Virtqueue

/// RESOURCE_ATTACH_BACKING, RESOURCE_DETACH_BACKING, RESOURCE_ASSIGN_UUID.
extension GuestCase {
  private static let whole = Rectangle(x: 0, y: 0, width: 16, height: 16)

  private static func attach(_ id: UInt32, _ count: UInt32) -> ResourceAttachBacking {
    ResourceAttachBacking(resourceID: id, entryCount: count)
  }

  /// Resource 1 of 16 × 16 pixels is shown; the case gets memory for it.
  private static func backed(
    _ name: String, _ type: CommandType = .resourceAttachBacking,
    _ body: @escaping @Sendable (CaseGuest, UInt64) throws -> Void
  ) -> GuestCase {
    GuestCase(name, type) { guest in
      try guest.send(ResourceCreate2D(resourceID: 1, format: 1, width: 16, height: 16))
      try guest.send(SetScanout(rectangle: whole, scanout: 0, resourceID: 1))
      try body(guest, guest.ram.allocate(1024))
    }
  }

  static let backingCases: [GuestCase] = [
    backed("a backing of memory entries in any order is one image") { guest, memory in
      try guest.ram.memory.write([1, 2, 3, 4], at: memory)
      let halves = entries([(memory + 512, 512), (memory, 512)])
      try guest.send(attach(1, 2), payload: halves)
      try guest.send(TransferToHost2D(rectangle: whole, offset: 0, resourceID: 1))
      try guest.send(ResourceFlush(rectangle: whole, resourceID: 1))
      try expect(guest.recorder.pixel(0, 8), [1, 2, 3], "the pixel of the first half, which comes last")
    },
    backed("entries that overlap are the same pixels twice") { guest, memory in
      try guest.ram.memory.write([1, 2, 3, 4], at: memory)
      try guest.send(attach(1, 2), payload: entries([(memory, 512), (memory, 512)]))
      try guest.send(TransferToHost2D(rectangle: whole, offset: 0, resourceID: 1))
      try guest.send(ResourceFlush(rectangle: whole, resourceID: 1))
      try expect(guest.recorder.pixel(0, 0), [1, 2, 3], "the pixel")
      try expect(guest.recorder.pixel(0, 8), [1, 2, 3], "the pixel once more")
    },
    backed("entries without bytes add nothing") { guest, memory in
      try guest.send(attach(1, 3), payload: entries([(memory, 0), (memory, 1024), (0, 0)]))
      try guest.send(TransferToHost2D(rectangle: whole, offset: 0, resourceID: 1))
    },
    backed("nothing but an entry without bytes is a backing without pixels") { guest, memory in
      try guest.send(attach(1, 1), payload: entries([(memory, 0)]))
      let transfer = TransferToHost2D(rectangle: whole, offset: 0, resourceID: 1)
      try expect(guest.code(transfer), .invalidParameter, "a transfer")
      try guest.send(
        TransferToHost2D(rectangle: Rectangle(x: 3, y: 3, width: 0, height: 0), offset: 0, resourceID: 1))
    },
    GuestCase("a resource in twenty thousand memory entries is one image", .resourceAttachBacking) { guest in
      let frame = try Framebuffer(guest.driver, size: Size(width: 200, height: 400), format: .b8g8r8x8, run: 16)
      frame.surface.fill(Rectangle(x: 100, y: 399, width: 1, height: 1), with: Color(red: 3, green: 2, blue: 1))
      try frame.show(on: 0)
      try frame.flush()
      try expect(guest.recorder.pixel(100, 399), [1, 2, 3], "the pixel")
    },
    backed("a backing shorter than the resource gives the part that it has") { guest, memory in
      func transfer(_ y: UInt32, _ height: UInt32, _ offset: UInt64) throws -> ResponseType? {
        let rows = Rectangle(x: 0, y: y, width: 16, height: height)
        return try guest.code(TransferToHost2D(rectangle: rows, offset: offset, resourceID: 1))
      }
      try guest.send(attach(1, 1), payload: entries([(memory, 1023)]))
      try expect(transfer(0, 15, 0), .okNoData, "fifteen rows")
      try expect(transfer(0, 16, 0), .invalidParameter, "sixteen rows")
      try expect(transfer(15, 1, 959), .okNoData, "the last row from its last place")
      try expect(transfer(15, 1, 960), .invalidParameter, "the last row from a byte further")
    },
    backed("sixteen thousand entries and more are taken") { guest, memory in
      for count in [16384, 16385, 65536] {
        let list = (0..<count).map { (memory + UInt64($0 % 64) * 16, UInt32(16)) }
        try guest.send(attach(1, UInt32(count)), payload: entries(list))
        try guest.send(TransferToHost2D(rectangle: whole, offset: 0, resourceID: 1))
        try guest.send(ResourceDetachBacking(resourceID: 1))
      }
    },

    backed("RESOURCE_DETACH_BACKING leaves the pixels, and another backing may come", .resourceDetachBacking) {
      guest, memory in
      let transfer = TransferToHost2D(rectangle: whole, offset: 0, resourceID: 1)
      try guest.ram.memory.write([1, 2, 3, 4], at: memory)
      try guest.send(attach(1, 1), payload: entries([(memory, 1024)]))
      try guest.send(transfer)
      try guest.send(ResourceDetachBacking(resourceID: 1))
      try expect(guest.code(transfer), .unspecified, "a transfer")
      try guest.send(ResourceFlush(rectangle: whole, resourceID: 1))
      try expect(guest.recorder.pixel(0, 0), [1, 2, 3], "the pixel")
      try guest.send(attach(1, 1), payload: entries([(memory + 4, 1020)]))
      try expect(guest.usage().memoryEntries, 1, "the number of memory entries")
    },
    GuestCase("RESOURCE_DETACH_BACKING of a blob that is shown darkens its scanout", .resourceDetachBacking) { guest in
      let frame = try Framebuffer(guest.driver, size: Size(width: 64, height: 48), format: .b8g8r8x8, kind: .blob)
      try frame.show(on: 0)
      try guest.send(ResourceDetachBacking(resourceID: frame.resourceID))
      try expect(guest.recorder.take().last, .off(0), "what is shown")
      try guest.send(ResourceFlush(rectangle: Rectangle(frame.surface.size), resourceID: frame.resourceID))
    },

    GuestCase(
      "a memory table without its memory takes a backing away, and one with it gives it back", .transferToHost2D
    ) {
      guest in
      let (id, memory) = (guest.driver.makeResourceID(), CaseGuest.far)
      try guest.send(ResourceCreate2D(resourceID: id, format: 2, width: 16, height: 16))
      try guest.send(attach(id, 2), payload: entries([(memory, 512), (memory + 4096, 512)]))
      try guest.send(SetScanout(rectangle: whole, scanout: 0, resourceID: id))
      let transfer = TransferToHost2D(rectangle: whole, offset: 0, resourceID: id)
      try guest.host.share(all: false)
      try expect(guest.code(transfer), .unspecified, "a transfer from what is gone")
      try expect(guest.code(attach(id, 1), payload: entries([(memory, 512)])), .unspecified, "a second backing")
      try guest.host.share(all: true)
      try guest.ram.memory.write([1, 2, 3, 4], at: memory)
      try expect(guest.code(transfer), .okNoData, "a transfer from what is there again")
      try guest.send(ResourceFlush(rectangle: whole, resourceID: id))
      try expect(guest.recorder.pixel(0, 0), [1, 2, 3], "the pixel")
      try guest.host.share(all: false)
      try guest.send(ResourceDetachBacking(resourceID: id))
      try guest.host.share(all: true)
      try expect(guest.code(transfer), .unspecified, "a transfer from what was detached meanwhile")
    },
    GuestCase("a blob that is shown follows its backing to another memory table", .setScanoutBlob) { guest in
      let size = Size(width: 32, height: 32)
      try guest.send(
        ResourceCreateBlob(resourceID: 1, memory: .guest, entryCount: 1, size: 4096),
        payload: entries([(CaseGuest.far, 4096)]))
      try guest.send(
        SetScanoutBlob(
          rectangle: Rectangle(size), scanout: 0, resourceID: 1, size: size, format: 2, stride: 128))
      try guest.host.share(all: false)
      try guest.send(ResourceFlush(rectangle: Rectangle(size), resourceID: 1))
      try guest.host.share(all: true)
      try guest.ram.memory.write([1, 2, 3, 4], at: CaseGuest.far + 4)
      try guest.send(ResourceFlush(rectangle: Rectangle(size), resourceID: 1))
      try expect(guest.recorder.pixel(1, 0), [1, 2, 3], "the pixel")
    },
  ]

  /// A renderer that takes no pages, when they are attached and when they move.
  static let refusedPagesCases: [GuestCase] = [
    GuestCase(
      "an error of a renderer that takes no backing is the response", .resourceAttachBacking, on: .rendering
    ) {
      guest in
      try guest.setContext()
      let page = try guest.ram.allocate(12288)
      let attach = attach(5, 1)
      let list = entries([(page, 12288)])
      let before = try guest.usage()
      try guest.renderer { $0.refusesBackings = true }
      try expect(guest.code(attach, payload: list), .outOfMemory, "attaching them")
      try expect(
        guest.code(
          ResourceCreateBlob(resourceID: 8, memory: .host3DGuest, entryCount: 1, size: 4096), payload: list, context: 1),
        .outOfMemory, "making a blob with them")
      try expect(guest.usage(), before, "what the device holds")
      try guest.renderer { $0.refusesBackings = false }
      try guest.send(attach, payload: list)
    },
    GuestCase(
      "a renderer that loses a backing to a new memory table leaves the device running", .transferToHost3D,
      on: .rendering
    ) {
      guest in
      try guest.setContext()
      try guest.attachPages(to: 5)
      let transfer = TransferToHost3D(Transfer3D(box: Box(width: 1), resourceID: 5))
      try guest.renderer { $0.refusesBackings = true }
      try guest.host.share(all: true)
      try expect(guest.code(transfer, context: 1), .unspecified, "a transfer")
      try guest.renderer { $0.refusesBackings = false }
      try guest.host.share(all: true)
      try expect(guest.code(transfer, context: 1), .okNoData, "a transfer after the next table")
    },
  ]

  static let uuidCases: [GuestCase] = [
    GuestCase(
      "RESOURCE_ASSIGN_UUID responds with a UUID of version 4 that stays, and is its own", .resourceAssignUUID
    ) {
      guest in
      try guest.setStage()
      let first = try guest.send(ResourceAssignUUID(resourceID: 1)).body
      try expect(first.count, 16, "the length")
      try expect([first[6] >> 4, first[8] >> 6], [4, 2], "version and variant")
      try expect(guest.send(ResourceAssignUUID(resourceID: 1)).body, first, "the UUID asked for again")
      try expect(guest.send(ResourceAssignUUID(resourceID: 2)).body != first, "another resource has another UUID")
    },
    GuestCase("a resource that is made anew has another UUID", .resourceAssignUUID) { guest in
      let uuids = try (0..<2).map { _ in
        try guest.makeBlob(7, .guest)
        defer { _ = try? guest.send(ResourceUnref(resourceID: 7)) }
        return try guest.send(ResourceAssignUUID(resourceID: 7)).body
      }
      try expect(uuids[0] != uuids[1], "both differ")
    },
    .mistake("RESOURCE_ASSIGN_UUID to an unknown resource", ResourceAssignUUID(resourceID: 9), .invalidResourceID),
    .mistake("RESOURCE_ASSIGN_UUID to resource 0", ResourceAssignUUID(resourceID: 0), .invalidResourceID),
    .mistake(
      "RESOURCE_ASSIGN_UUID that was not negotiated", ResourceAssignUUID(resourceID: 1), .unspecified,
      on: .flat.asking([.edid])),
  ]
}

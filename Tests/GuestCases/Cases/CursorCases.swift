internal import Display
internal import GuestDriver
internal import ScanoutTesting
internal import VirtioGPU
internal import Wire

/// UPDATE_CURSOR and MOVE_CURSOR.
extension GuestCase {
  private static let shade = Color(red: 0, green: 0, blue: 128, alpha: 128)

  /// Resource 1 is a cursor of 64 × 64 pixels.
  private static func pointing(
    _ name: String, _ type: CommandType = .updateCursor, on setup: CaseSetup = .flat,
    size: Size = Size(width: 64, height: 64), kind: Framebuffer.Kind = .resource2D,
    _ body: @escaping @Sendable (CaseGuest, Framebuffer) throws -> Void
  ) -> GuestCase {
    GuestCase(name, type, on: setup) { guest in
      let image = try Framebuffer(guest.driver, size: size, format: .b8g8r8a8, kind: kind)
      image.surface.fill(Rectangle(size), with: shade)
      try image.transfer()
      try body(guest, image)
    }
  }

  private static func update(
    _ id: UInt32 = 1, on scanout: UInt32 = 0, at position: Point = .zero, hotSpot: Point = .zero
  ) -> UpdateCursor {
    UpdateCursor(CursorFields(scanout: scanout, position: position, resourceID: id, hotSpot: hotSpot))
  }

  /// A move that names a resource; any but 0 means the same.
  private static func move(_ id: UInt32 = .max, on scanout: UInt32 = 0, to position: Point) -> MoveCursor {
    MoveCursor(CursorFields(scanout: scanout, position: position, resourceID: id, hotSpot: Point(x: 9, y: 9)))
  }

  /// A mistake on the cursor queue: nothing is shown, and the cursor moves afterwards.
  private static func wrong(_ name: String, _ type: CommandType, _ request: [UInt8]) -> GuestCase {
    pointing("\(name) shows nothing", type) { guest, _ in
      try guest.send(ResourceCreate2D(resourceID: 2, format: 1, width: 257, height: 10))
      try guest.makeBlob(3, .guest, size: 12288)
      let before = try guest.usage()
      try guest.point(request)
      try expect(guest.recorder.take(), [], "what is shown")
      try expect(guest.usage(), before, "what the device holds")
      try guest.point(move(to: Point(x: 1, y: 1)))
      try expect(guest.recorder.take(), [.cursorMoved(0, Point(x: 1, y: 1))], "what is shown afterwards")
    }
  }

  private static func wrong(_ name: String, _ command: some Command) -> GuestCase {
    wrong(name, type(of: command).type, command.request())
  }

  static let cursorCases: [GuestCase] =
    [
      pointing("UPDATE_CURSOR shows the image with its alpha, hot spot and place") { guest, _ in
        try guest.point(update(at: Point(x: 7, y: 9), hotSpot: Point(x: 3, y: 4)))
        try expect(
          guest.recorder.take(),
          [.cursor(0, Size(width: 64, height: 64), hotSpot: Point(x: 3, y: 4)), .cursorMoved(0, Point(x: 7, y: 9))],
          "what is shown")
        try expect(guest.recorder.cursor(63, 63), [128, 0, 0, 128], "a pixel of the cursor")
      },
      pointing("UPDATE_CURSOR shows a cursor on each scanout") { guest, _ in
        try guest.point(update(on: 0))
        try guest.point(update(on: 1, at: Point(x: 5, y: 5)))
        try expect(guest.recorder.cursor(0, 0, on: 0), [128, 0, 0, 128], "the cursor on scanout 0")
        try expect(guest.recorder.cursor(0, 0, on: 1), [128, 0, 0, 128], "the cursor on scanout 1")
      },
      pointing("UPDATE_CURSOR keeps what it showed when the guest draws on") { guest, image in
        try guest.point(update())
        image.surface.fill(Rectangle(image.surface.size), with: .black)
        try image.flush()
        try expect(guest.recorder.cursor(0, 0), [128, 0, 0, 128], "the pixel")
        try guest.point(update())
        try expect(guest.recorder.cursor(0, 0), [0, 0, 0, 255], "the pixel after another update")
      },
      pointing("UPDATE_CURSOR of resource 0 hides the cursor, once") { guest, _ in
        try guest.point(update())
        _ = guest.recorder.take()
        for _ in 0..<2 { try guest.point(update(0)) }
        try expect(guest.recorder.take(), [.cursor(0, nil, hotSpot: nil)], "what is shown")
      },
      pointing("UPDATE_CURSOR shows a blob of the guest", kind: .blob) { guest, _ in
        try guest.point(update())
        try expect(guest.recorder.cursor(63, 63), [128, 0, 0, 128], "the pixel")
      },
      pointing("UPDATE_CURSOR of a blob a byte short shows nothing", on: .flat.asking([.resourceBlob])) { guest, _ in
        try guest.makeBlob(3, .guest, size: 16383)
        try guest.attachPages(to: 3, count: 16384)
        try guest.point(update(3))
        try expect(guest.recorder.take(), [], "what is shown")
      },
      pointing("UPDATE_CURSOR shows a texture", on: .rendering) { guest, _ in
        try guest.setContext()
        try expect(guest.submit3D(.fill(resource: 5, shade)), .okNoData, "the response to what draws")
        try guest.point(update(5))
        try expect(guest.recorder.cursor(63, 47), [128, 0, 0, 128], "the pixel")
      },
      pointing("UPDATE_CURSOR of a resource that is no flat image in a pixel format shows nothing", on: .rendering) {
        guest, _ in
        for id in try guest.setUnseen() { try guest.point(update(id)) }
        try expect(guest.renderer { $0.reads }, [], "what was read back")
        try expect(guest.recorder.take(), [], "what is shown")
      },
      pointing("UPDATE_CURSOR passes hot spots and places on that lie anywhere") { guest, _ in
        let (place, hot) = (Point(x: .min, y: .max), Point(x: .max, y: .min))
        try guest.point(update(at: place, hotSpot: hot))
        try expect(
          guest.recorder.take(), [.cursor(0, Size(width: 64, height: 64), hotSpot: hot), .cursorMoved(0, place)],
          "what is shown")
      },
      pointing("MOVE_CURSOR moves to places left of and above the scanout", .moveCursor) {
        guest, _ in
        try guest.point(move(to: Point(x: -5, y: -60)))
        try expect(guest.recorder.take(), [.cursorMoved(0, Point(x: -5, y: -60))], "what is shown")
      },
      pointing("MOVE_CURSOR with resource 0 hides the cursor, once, and any other resource shows it again", .moveCursor)
      {
        guest, image in
        let (size, hot) = (image.surface.size, Point(x: 3, y: 4))
        let places = (Int32(1)...5).map { Point(x: $0, y: 2 * $0) }
        try guest.point(update(at: places[0], hotSpot: hot))
        _ = guest.recorder.take()
        try guest.point(move(0, to: places[1]))
        try guest.point(move(0, to: places[2]))
        try expect(
          guest.recorder.take(),
          [.cursor(0, nil, hotSpot: nil), .cursorMoved(0, places[1]), .cursorMoved(0, places[2])], "what hides it")
        // The guest draws the next image meanwhile, which it does not show.
        image.surface.fill(Rectangle(size), with: .black)
        try image.transfer()
        try guest.point(move(to: places[3]))
        try guest.point(move(1, to: places[4]))
        try expect(
          guest.recorder.take(),
          [.cursor(0, size, hotSpot: hot), .cursorMoved(0, places[3]), .cursorMoved(0, places[4])], "what shows it")
        try expect(guest.recorder.cursor(63, 63), [128, 0, 0, 128], "a pixel of the cursor")
      },
      pointing("MOVE_CURSOR hides the cursor of one scanout only", .moveCursor) { guest, _ in
        for scanout in UInt32(0)...1 { try guest.point(update(on: scanout)) }
        _ = guest.recorder.take()
        try guest.point(move(0, on: 1, to: .zero))
        try expect(guest.recorder.take(), [.cursor(1, nil, hotSpot: nil), .cursorMoved(1, .zero)], "what is shown")
      },
      pointing("MOVE_CURSOR shows no cursor where there was none, or where UPDATE_CURSOR took it away", .moveCursor) {
        guest, _ in
        try guest.point(move(1, to: .zero))
        try guest.point(move(0, to: .zero))
        try expect(guest.recorder.take(), [.cursorMoved(0, .zero), .cursorMoved(0, .zero)], "what is shown at first")
        try guest.point(update())
        try guest.point(update(0))
        _ = guest.recorder.take()
        try guest.point(move(1, to: .zero))
        try expect(guest.recorder.take(), [.cursorMoved(0, .zero)], "what is shown in the end")
      },
      pointing("MOVE_CURSOR shows no cursor that was there before a reset", .moveCursor) { guest, _ in
        try guest.point(update())
        try guest.point(move(0, to: .zero))
        try guest.reset()
        _ = guest.recorder.take()
        try guest.point(move(to: .zero))
        try expect(guest.recorder.take(), [.cursorMoved(0, .zero)], "what is shown")
      },
      pointing("the cursor queue takes a hundred requests, without room for a response", .moveCursor) { guest, _ in
        for step in Int32(0)..<100 { try guest.point(move(to: Point(x: step, y: step))) }
        try expect(guest.recorder.take().count, 100, "the number of moves")
      },
    ]
    + [
      Size(width: 63, height: 64), Size(width: 65, height: 64), Size(width: 1, height: 1),
      Size(width: 128, height: 128),
      Size(width: 256, height: 256),
    ].map { size in
      pointing("UPDATE_CURSOR shows an image of \(size)", size: size) { guest, _ in
        try guest.point(update())
        try expect(guest.recorder.take().first, .cursor(0, size, hotSpot: .zero), "what is shown")
      }
    } + [
      wrong("UPDATE_CURSOR on scanout 2 of 2", update(on: 2)),
      wrong("UPDATE_CURSOR on scanout 16", update(on: 16)),
      wrong("UPDATE_CURSOR on scanout 2^32-1", update(on: .max)),
      wrong("UPDATE_CURSOR of an unknown resource", update(99)),
      wrong("UPDATE_CURSOR of resource 2^32-1", update(.max)),
      wrong("UPDATE_CURSOR of an image 257 wide", update(2)),
      wrong("UPDATE_CURSOR of a blob too small", update(3)),
      wrong("MOVE_CURSOR on scanout 2 of 2", move(on: 2, to: .zero)),
      wrong("MOVE_CURSOR on scanout 2^32-1", move(on: .max, to: .zero)),
      wrong("a command of the control queue on the cursor queue", ResourceUnref(resourceID: 1)),
      wrong("UPDATE_CURSOR a byte short", .updateCursor, update().request().dropLast()),
      wrong("MOVE_CURSOR of a header only", .moveCursor, Array(move(to: .zero).request().prefix(24))),
      wrong("a header of 23 bytes on the cursor queue", .moveCursor, Array(move(to: .zero).request().prefix(23))),
      .mistake("UPDATE_CURSOR on the control queue", update(), .unspecified),
      .mistake("MOVE_CURSOR on the control queue", move(to: .zero), .unspecified),
    ]
}

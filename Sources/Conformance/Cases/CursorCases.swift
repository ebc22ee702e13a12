internal import Display
internal import DisplaySocket
internal import GuestDriver
internal import VirtioGPU
internal import Virtqueue

/// The cursor queue, and what the display shows of it.
extension ConformanceCase {
  private static let side = Size(width: 64, height: 64)

  /// A cursor's image with half-transparent and opaque pixels, as the device has it.
  private static func image(_ guest: GuestBench, seed: UInt8 = 3) throws -> Framebuffer {
    let image = try guest.framebuffer(side, .b8g8r8a8, seed: seed)
    image.surface.fill(
      Rectangle(x: 0, y: 0, width: 32, height: 64), with: Color(red: 64, green: 32, blue: seed, alpha: 128))
    try image.transfer()
    return image
  }

  private static func fields(
    _ image: Framebuffer?, on scanout: UInt32 = 0, at position: Point = .zero, hotSpot: Point = .zero
  ) -> CursorFields {
    CursorFields(scanout: scanout, position: position, resourceID: image?.resourceID ?? 0, hotSpot: hotSpot)
  }

  /// Waits until the display has this cursor.
  private static func expectCursor(
    _ guest: GuestBench, on scanout: ScanoutID = 0, _ expected: String, where isRight: (ReceivedDisplay.Cursor) -> Bool
  ) throws {
    let isShown = try guest.display.wait { state in state.cursors[scanout].map(isRight) ?? false }
    guard !isShown else { return }
    try guest.display.requireProtocol()
    let seen = guest.display.read { state in
      state.cursors[scanout].map {
        "a cursor at (\($0.position.x),\($0.position.y)), hot spot (\($0.hotSpot.x),\($0.hotSpot.y)), "
          + ($0.isVisible ? "visible" : "hidden")
      } ?? "no cursor"
    }
    throw CaseStop.failed(expected: expected, seen: seen)
  }

  static let cursorCases: [ConformanceCase] = [
    ConformanceCase(
      .cursor, "image", "UPDATE_CURSOR shows the image with its alpha", source: RuleSource.displaySocket
    ) { guest in
      _ = try guest.setStage()
      let image = try image(guest)
      try guest.point(UpdateCursor(fields(image)))
      try expectCursor(guest, "the image of the cursor") { $0.image.firstDifference(from: image.surface) == nil }
    },
    ConformanceCase(
      .cursor, "place-and-hot-spot", "UPDATE_CURSOR shows the cursor at its place, with its hot spot",
      source: RuleSource.cursor
    ) { guest in
      _ = try guest.setStage()
      let image = try image(guest)
      try guest.point(UpdateCursor(fields(image, at: Point(x: 7, y: 9), hotSpot: Point(x: 3, y: 4))))
      try expectCursor(guest, "a visible cursor at (7,9) with the hot spot (3,4)") {
        $0.isVisible && $0.position == Point(x: 7, y: 9) && $0.hotSpot == Point(x: 3, y: 4)
      }
    },
    ConformanceCase(
      .cursor, "move", "MOVE_CURSOR moves the cursor", source: RuleSource.cursor
    ) { guest in
      _ = try guest.setStage()
      let image = try image(guest)
      try guest.point(UpdateCursor(fields(image)))
      for step in Int32(1)...20 { try guest.point(MoveCursor(fields(image, at: Point(x: step, y: 2 * step)))) }
      try expectCursor(guest, "a visible cursor at (20,40)") { $0.isVisible && $0.position == Point(x: 20, y: 40) }
    },
    ConformanceCase(
      .cursor, "move-left-of-the-scanout", "MOVE_CURSOR moves to places left of and above the scanout",
      source: RuleSource.linux
    ) { guest in
      _ = try guest.setStage()
      let image = try image(guest)
      try guest.point(UpdateCursor(fields(image, at: Point(x: 10, y: 10))))
      try guest.point(MoveCursor(fields(image, at: Point(x: -5, y: -60))))
      try expectCursor(guest, "a cursor at (-5,-60)") { $0.position == Point(x: -5, y: -60) }
    },
    ConformanceCase(
      .cursor, "hide", "UPDATE_CURSOR of resource 0 hides the cursor", source: RuleSource.linux
    ) { guest in
      _ = try guest.setStage()
      let image = try image(guest)
      try guest.point(UpdateCursor(fields(image)))
      try expectCursor(guest, "a visible cursor") { $0.isVisible }
      try guest.point(UpdateCursor(fields(nil)))
      try expectCursor(guest, "a hidden cursor") { !$0.isVisible }
    },
    ConformanceCase(
      .cursor, "hide-by-move", "MOVE_CURSOR with resource 0 hides the cursor", source: RuleSource.linux
    ) { guest in
      _ = try guest.setStage()
      let image = try image(guest)
      try guest.point(UpdateCursor(fields(image)))
      try expectCursor(guest, "a visible cursor") { $0.isVisible }
      try guest.point(MoveCursor(fields(nil)))
      try expectCursor(guest, "a hidden cursor") { !$0.isVisible }
    },
    ConformanceCase(
      .cursor, "another-image", "UPDATE_CURSOR shows what the guest drew last", source: RuleSource.cursor
    ) { guest in
      _ = try guest.setStage()
      let image = try image(guest)
      try guest.point(UpdateCursor(fields(image)))
      image.surface.drawBlocks(88)
      try image.transfer()
      try guest.point(UpdateCursor(fields(image)))
      try expectCursor(guest, "the second image") { $0.image.firstDifference(from: image.surface) == nil }
    },
    ConformanceCase(
      .cursor, "two", "Each scanout has a cursor of its own", source: RuleSource.displaySocket
    ) { guest in
      let frame = try guest.setStage()
      try frame.show(on: 1)
      try frame.flush()
      let images = try [UInt8(3), 90].map { try image(guest, seed: $0) }
      for (scanout, image) in images.enumerated() {
        try guest.point(UpdateCursor(fields(image, on: UInt32(scanout), at: Point(x: Int32(scanout), y: 5))))
      }
      for (scanout, image) in images.enumerated() {
        try expectCursor(guest, on: scanout, "the cursor of scanout \(scanout)") {
          $0.image.firstDifference(from: image.surface) == nil && $0.position == Point(x: Int32(scanout), y: 5)
        }
      }
    },
    ConformanceCase(
      .cursor, "hundred-moves", "A hundred moves, more than the queue has room for, are taken",
      source: RuleSource.cursor
    ) { guest in
      _ = try guest.setStage()
      let image = try image(guest)
      try guest.point(UpdateCursor(fields(image)))
      for step in Int32(0)..<100 { try guest.point(MoveCursor(fields(image, at: Point(x: step, y: step)))) }
      try expectCursor(guest, "a cursor at (99,99)") { $0.position == Point(x: 99, y: 99) }
    },
    ConformanceCase(
      .cursor, "unref-keeps-the-cursor", "RESOURCE_UNREF of a cursor's image leaves the cursor",
      source: RuleSource.linux
    ) { guest in
      _ = try guest.setStage()
      let image = try image(guest)
      try guest.point(UpdateCursor(fields(image)))
      try expectCursor(guest, "a visible cursor") { $0.isVisible }
      try image.unref()
      try guest.provesNextFrame()
      try expectCursor(guest, "a visible cursor") { $0.isVisible }
    },
    ConformanceCase(
      .cursor, "unknown-resource", "UPDATE_CURSOR of a resource that does not exist leaves the device at work",
      source: RuleSource.robustness
    ) { guest in
      _ = try guest.setStage()
      try guest.point(UpdateCursor(CursorFields(scanout: 0, position: .zero, resourceID: 99)))
      try guest.provesNextFrame()
    },
    ConformanceCase(
      .cursor, "unknown-scanout", "UPDATE_CURSOR and MOVE_CURSOR of scanout 16 send nothing to the display",
      source: RuleSource.qemuFrontEnd
    ) { guest in
      _ = try guest.setStage()
      let image = try image(guest)
      for scanout in [16, UInt32.max] {
        try guest.point(UpdateCursor(fields(image, on: scanout)))
        try guest.point(MoveCursor(fields(image, on: scanout)))
      }
      try guest.provesNextFrame()
    },
    ConformanceCase(
      .cursor, "image-of-another-size", "UPDATE_CURSOR of an image of 32 by 32 pixels leaves the device at work",
      source: RuleSource.robustness
    ) { guest in
      _ = try guest.setStage()
      let small = try guest.framebuffer(Size(width: 32, height: 32), .b8g8r8a8)
      try small.transfer()
      try guest.point(UpdateCursor(fields(small)))
      try guest.provesNextFrame()
    },
    ConformanceCase(
      .cursor, "hot-spot-outside", "A hot spot outside the image reaches no display", source: RuleSource.displaySocket
    ) { guest in
      _ = try guest.setStage()
      let image = try image(guest)
      try guest.point(UpdateCursor(fields(image, hotSpot: Point(x: .max, y: .min))))
      try guest.provesNextFrame()
      let hotSpots = guest.display.messages.compactMap { message in
        if case .cursorUpdate(_, _, let hotSpot) = message { hotSpot } else { nil }
      }
      for hotSpot in hotSpots {
        try expect(
          (0..<64).contains(hotSpot.x) && (0..<64).contains(hotSpot.y), "hot spots inside the image",
          seen: "(\(hotSpot.x),\(hotSpot.y))")
      }
    },
    ConformanceCase(
      .cursor, "room-for-a-response", "A request of the cursor queue with room for a response is given back",
      source: RuleSource.cursor
    ) { guest in
      _ = try guest.setStage()
      let request = MoveCursor(fields(nil)).request()
      let page = try guest.ram.allocate(4096)
      try guest.ram.memory.write(request, at: page)
      let queue = guest.driver.cursor
      guard
        queue.submit(
          readable: [.init(address: page, length: UInt32(request.count))],
          writable: [.init(address: page + 2048, length: 24)]) != nil
      else { throw DriverError.queueFull }
      _ = try guest.driver.finish(queue, 1)
    },
  ]
}

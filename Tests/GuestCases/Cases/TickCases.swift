internal import Display
internal import GuestDriver
internal import ScanoutTesting
internal import VirtioGPU

/// When scanouts tick.
extension GuestCase {
  /// Scanout 0 is enabled and unchanged; its cursor is resource 3 at 10, 10.
  private static func pointing(
    _ name: String, _ type: CommandType = .moveCursor, pace: Pace = .immediate,
    _ body: @escaping @Sendable (CaseGuest) throws -> Void
  ) -> GuestCase {
    GuestCase(name, type, on: .with { $0.pace = pace }) { guest in
      try guest.setStage()
      let image = try Framebuffer(guest.driver, size: Size(width: 64, height: 64), format: .b8g8r8a8)
      try guest.point(cursor(image.resourceID, at: Point(x: 10, y: 10)))
      _ = try guest.passUntilTick()
      try body(guest)
    }
  }

  private static func cursor(_ id: UInt32 = 3, on scanout: UInt32 = 0, at position: Point) -> UpdateCursor {
    UpdateCursor(CursorFields(scanout: scanout, position: position, resourceID: id))
  }

  private static func move(_ id: UInt32 = 3, on scanout: UInt32 = 0, to position: Point) -> MoveCursor {
    MoveCursor(CursorFields(scanout: scanout, position: position, resourceID: id))
  }

  /// The cursor alone changes, and its scanout ticks once.
  private static func changesOfCursor(_ pace: Pace) -> [GuestCase] {
    let place = Point(x: 20, y: 30)
    let changes: [(String, any Command, CommandType)] = [
      ("a cursor that moves", move(to: place), .moveCursor),
      ("a cursor that MOVE_CURSOR hides", move(0, to: place), .moveCursor),
      ("a cursor that UPDATE_CURSOR hides", cursor(0, at: place), .updateCursor),
      ("a cursor with another image", cursor(at: place), .updateCursor),
    ]
    return changes.map { name, command, type in
      let request = command.request()
      return pointing("\(name) makes its scanout tick, with the pace \(pace)", type, pace: pace) { guest in
        try guest.point(request)
        try expect(guest.passUntilTick().last, .vsync(0, 2), "what comes last")
        try expect(guest.host.onDevice { $0.deadline == nil }, "no further tick is due")
      }
    }
  }

  static let tickCases: [GuestCase] = changesOfCursor(.immediate) + changesOfCursor(.refresh) + stillCases

  private static let stillCases: [GuestCase] = [
    pointing("a cursor that is hidden, or on a scanout that is off, makes no scanout tick") { guest in
      try guest.point(move(0, to: .zero))
      _ = try guest.passUntilTick()
      for x in Int32(1)...5 { try guest.point(move(0, to: Point(x: x, y: 0))) }
      try guest.point(cursor(on: 1, at: .zero))
      try guest.point(move(on: 1, to: Point(x: 1, y: 1)))
      try expect(guest.host.onDevice { $0.deadline == nil }, "no tick is due")
    },
    pointing("a cursor that stays where it is makes no scanout tick") { guest in
      for _ in 0..<5 { try guest.point(move(to: Point(x: 10, y: 10))) }
      try expect(guest.host.onDevice { $0.deadline == nil }, "no tick is due")
    },
    GuestCase("a scanout that goes off ticks before, if it changed", .setScanout) { guest in
      let frame = try guest.setStage()
      let all = Rectangle(frame.surface.size)
      let off = SetScanout(rectangle: all, scanout: 0, resourceID: 0)
      try frame.flush()
      try guest.send(off)
      try expect(guest.recorder.takeWithTicks(), [.damage(0, all), .vsync(0, 1), .off(0)], "what is shown")
      try frame.show(on: 0)
      _ = guest.recorder.takeWithTicks()
      try guest.send(off)
      try expect(guest.recorder.takeWithTicks(), [.off(0)], "what a scanout shows that did not change")
      try expect(guest.host.onDevice { $0.deadline == nil }, "no tick is due")
    },
    GuestCase(
      "a flush that waits for its tick is responded to when its scanout goes off", .setScanout,
      on: .with { $0.pace = .millihertz(1000) }
    ) { guest in
      let frame = try guest.setStage()
      let all = Rectangle(frame.surface.size)
      try guest.submit(ResourceFlush(rectangle: all, resourceID: 1).request(fenceID: 1))
      try guest.submit(SetScanout(rectangle: all, scanout: 0, resourceID: 0).request(fenceID: 2))
      try expect(guest.replies(2).map(\.header.fenceID), [1, 2], "the order")
      try expect(guest.recorder.takeWithTicks(), [.damage(0, all), .vsync(0, 1), .off(0)], "what is shown")
    },
    GuestCase("what changed before a reset ticks", .resourceFlush) { guest in
      let frame = try guest.setStage()
      try frame.flush()
      try guest.reset()
      try expect(
        guest.recorder.takeWithTicks(), [.damage(0, Rectangle(frame.surface.size)), .vsync(0, 1), .off(0)],
        "what is shown")
    },
    GuestCase("a flush is responded to before its tick when there is no pace", .resourceFlush) { guest in
      let frame = try guest.setStage()
      // The clock of an output with one frame in a thousand seconds ticks in no case.
      try guest.host.onDevice {
        _ = $0.setOutput(Output(size: Size(width: 64, height: 48), refreshMillihertz: 1), of: 0)
      }
      for _ in 0..<3 { try frame.flush() }
      let all = Rectangle(frame.surface.size)
      try expect(
        guest.recorder.takeWithTicks(), [.damage(0, all), .damage(0, all), .damage(0, all)], "what is shown")
      try expect(guest.host.onDevice { $0.deadline != nil }, "a tick is due")
    },
  ]
}

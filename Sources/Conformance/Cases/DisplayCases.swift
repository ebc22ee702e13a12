internal import Display
internal import DisplaySocket
internal import GuestDriver
internal import LinuxIO
internal import VirtioGPU
internal import VhostUser

/// Messages of the display socket, and what becomes of them.
extension ConformanceCase {
  static let displayCases: [ConformanceCase] = [
    ConformanceCase(
      .display, "features-first", "The back end asks for the protocol features before it uses any",
      source: RuleSource.displaySocket
    ) { guest in
      let frame = try guest.setStage()
      _ = frame
      let messages = guest.display.messages
      guard let set = messages.firstIndex(where: { $0.request == .setProtocolFeatures }) else {
        throw CaseStop.skipped("the back end uses no protocol feature")
      }
      guard let get = messages.firstIndex(where: { $0.request == .getProtocolFeatures }), get < set else {
        throw CaseStop.failed(expected: "GET_PROTOCOL_FEATURES before SET_PROTOCOL_FEATURES", seen: "none")
      }
    },
    ConformanceCase(
      .display, "scanout-before-update", "SCANOUT comes before the first UPDATE of a scanout",
      source: RuleSource.qemuFrontEnd
    ) { guest in
      // An update of a scanout that is off is a violation, which ends the case.
      _ = try guest.setStage()
      for scanout in 0...1 {
        let frame = try guest.framebuffer(seed: UInt8(60 + scanout))
        try frame.show(on: scanout)
        try frame.flush()
        try guest.expectShown(frame, on: scanout)
      }
    },
    ConformanceCase(
      .display, "no-update-after-disable", "No UPDATE follows a SCANOUT of 0 by 0 pixels",
      source: RuleSource.qemuFrontEnd
    ) { guest in
      let frame = try guest.setStage()
      for _ in 0..<10 {
        try guest.driver.disable(0)
        _ = try guest.send(
          request: ResourceFlush(rectangle: Rectangle(GuestBench.size), resourceID: frame.resourceID).request())
      }
      try guest.display.expectOff(0)
      try guest.provesNextFrame()
    },
    ConformanceCase(
      .display, "one-scanout-for-one-size", "SCANOUT of a size that is shown already is not sent again at each flush",
      source: "QEMU 10 replaces its surface, and a viewer flickers"
    ) { guest in
      let frame = try guest.setStage()
      for seed in UInt8(0)..<10 {
        frame.surface.drawBlocks(seed)
        try frame.flush()
      }
      try guest.expectShown(frame)
      let count = guest.display.messages.count { $0.request == .scanout }
      try expect(count <= 2, "1 SCANOUT for one SET_SCANOUT", seen: "\(count)")
    },
    ConformanceCase(
      .display, "damage-only", "A flush of a few pixels sends a few pixels", source: RuleSource.displaySocket
    ) { guest in
      let frame = try guest.framebuffer(Size(width: 640, height: 480))
      try frame.show(on: 0)
      try frame.flush()
      try guest.expectShown(frame)
      let part = Rectangle(x: 300, y: 200, width: 8, height: 8)
      var before = 0
      // What the first of these shows came after all that SET_SCANOUT and the whole flush may have sent.
      for blue in [UInt8(3), 4] {
        before = guest.display.messages.count
        frame.surface.fill(part, with: Color(red: 1, green: 255, blue: blue))
        try frame.flush(part)
        try guest.expectShown(frame)
      }
      let pixels = guest.display.messages.dropFirst(before).reduce(UInt64(0)) { sum, message in
        if case .update(_, let area) = message { sum + area.size.area } else { sum }
      }
      try expect(pixels <= 640 * 480 / 4, "a quarter of the frame's pixels at most", seen: "\(pixels) pixels")
    },
    ConformanceCase(
      .display, "redraw-after-another-socket", "A second SET_SOCKET gets the present frame, all of it",
      source: RuleSource.displaySocket + ": QEMU sends it each time a guest's driver starts"
    ) { guest in
      let frame = try guest.setStage()
      try guest.attachDisplay()
      try guest.expectShown(frame)
      frame.surface.drawBlocks(12)
      try frame.flush()
      try guest.expectShown(frame)
    },
    ConformanceCase(
      .display, "cursor-after-another-socket", "A second SET_SOCKET gets the present cursor",
      source: RuleSource.displaySocket
    ) { guest in
      _ = try guest.setStage()
      let image = try guest.framebuffer(Size(width: 64, height: 64), .b8g8r8a8, seed: 8)
      try guest.driver.showCursor(image, on: 0, at: Point(x: 3, y: 4), hotSpot: .zero)
      _ = try guest.display.wait { $0.cursors[0] != nil }
      try guest.attachDisplay()
      let isShown = try guest.display.wait { state in
        state.cursors[0].map { $0.image.firstDifference(from: image.surface) == nil } ?? false
      }
      try expect(isShown, "the cursor on the second display", seen: "none, or another")
    },
    ConformanceCase(
      .display, "many-sockets", "Ten SET_SOCKETs in a row leave the last one at work",
      source: RuleSource.displaySocket
    ) { guest in
      _ = try guest.setStage()
      for _ in 0..<10 { try guest.attachDisplay() }
      try guest.provesNextFrame()
    },
    ConformanceCase(
      .display, "closed", "A display that goes away costs the guest nothing", source: RuleSource.robustness
    ) { guest in
      let frame = try guest.setStage()
      guest.display.close()
      for seed in UInt8(0)..<20 {
        frame.surface.drawBlocks(seed)
        try frame.flush()
      }
      try guest.send(ResourceUnref(resourceID: frame.resourceID))
      try guest.attachDisplay()
      try guest.provesNextFrame()
    },
    ConformanceCase(
      .display, "that-does-not-read", "A display that does not read holds no guest up",
      source: RuleSource.robustness
    ) { guest in
      let frame = try guest.setStage()
      let (ours, theirs) = try UnixSocket.makePair()
      try guest.connection.frontEnd.attachDisplay(theirs.descriptor)
      defer { withExtendedLifetime(ours) {} }
      let large = try guest.framebuffer(Size(width: 640, height: 480))
      try large.show(on: 0)
      // Far more than a socket holds.
      for _ in 0..<20 { try large.flush() }
      try guest.send(ResourceUnref(resourceID: frame.resourceID))
    },
    ConformanceCase(
      .display, "that-lies", "Replies of a display that no request asked for harm nobody",
      source: RuleSource.robustness
    ) { guest in
      _ = try guest.setStage()
      let (ours, theirs) = try UnixSocket.makePair()
      try guest.connection.frontEnd.attachDisplay(theirs.descriptor)
      _ = try ours.sendSome([UInt8](repeating: 0xff, count: 2000))
      let frame = try guest.framebuffer(seed: 66)
      try frame.show(on: 0)
      try frame.flush()
      try guest.attachDisplay()
      try guest.provesNextFrame()
    },
    ConformanceCase(
      .display, "frames-in-a-row", "Of 100 frames in a row the last one is shown in the end",
      source: RuleSource.displaySocket
    ) { guest in
      let frame = try guest.setStage()
      for seed in UInt8(0)..<100 {
        frame.surface.fill(
          Rectangle(x: UInt32(seed % 16) * 4, y: 0, width: 4, height: 48), with: Color(red: seed, green: 9, blue: 200))
        try frame.flush()
      }
      try guest.expectShown(frame)
    },
  ]
}

internal import Display
internal import GuestDriver
internal import ScanoutTesting
internal import VirtioGPU

/// SET_SCANOUT.
extension GuestCase {
  private static func show(
    scanout: UInt32, _ id: UInt32, x: UInt32 = 0, y: UInt32 = 0, width: UInt32 = 64, height: UInt32 = 48
  ) -> SetScanout {
    SetScanout(rectangle: Rectangle(x: x, y: y, width: width, height: height), scanout: scanout, resourceID: id)
  }

  static let setScanoutCases: [GuestCase] = [
    GuestCase("SET_SCANOUT shows a part of a resource on each of two scanouts", .setScanout) { guest in
      let frame = try guest.setStage()
      frame.surface.fill(Rectangle(x: 10, y: 12, width: 1, height: 1), with: Color(red: 1, green: 2, blue: 3))
      try frame.show(on: 0, Rectangle(x: 10, y: 10, width: 20, height: 10))
      try frame.show(on: 1, Rectangle(x: 5, y: 5, width: 32, height: 32))
      try expect(
        guest.recorder.take(),
        [
          .scanout(0, Size(width: 20, height: 10), .b8g8r8x8), .scanout(1, Size(width: 32, height: 32), .b8g8r8x8),
        ], "what is shown")
      try frame.flush()
      try expect(guest.recorder.pixel(0, 2, on: 0), [3, 2, 1], "the pixel on scanout 0")
      try expect(guest.recorder.pixel(5, 7, on: 1), [3, 2, 1], "the pixel on scanout 1")
    },
    GuestCase("SET_SCANOUT flips from one resource to another", .setScanout) { guest in
      let size = Size(width: 16, height: 16)
      let frames = try [UInt8(1), 2].map { shade in
        let frame = try Framebuffer(guest.driver, size: size, format: .b8g8r8x8)
        frame.surface.fill(Rectangle(size), with: Color(red: shade, green: shade, blue: shade))
        return frame
      }
      for (index, frame) in (frames + frames).enumerated() {
        try frame.show(on: 0)
        try frame.flush()
        let shade = UInt8(1 + index % 2)
        try expect(guest.recorder.pixel(5, 5), [shade, shade, shade], "a pixel after flip \(index)")
      }
    },
    GuestCase("SET_SCANOUT of resource 0 darkens a scanout, whatever its rectangle says, once", .setScanout) { guest in
      try guest.setStage()
      try guest.send(show(scanout: 0, 0, x: .max, width: .max))
      try guest.send(show(scanout: 0, 0, width: 0))
      try expect(guest.recorder.take(), [.off(0)], "what is shown")
    },
    .mistake("SET_SCANOUT on scanout 2 of 2", show(scanout: 2, 1), .invalidScanoutID),
    .mistake("SET_SCANOUT off on scanout 2 of 2", show(scanout: 2, 0), .invalidScanoutID),
    GuestCase("SET_SCANOUT does not show a blob", .setScanout) { guest in
      try guest.makeBlob(7, .guest)
      try expect(guest.code(show(scanout: 0, 7, width: 1)), .invalidParameter, "the response")
    },
    GuestCase(
      "SET_SCANOUT of a resource that is no flat image in a pixel format is refused", .setScanout, on: .rendering
    ) {
      guest in
      let unseen = try guest.setUnseen()
      let before = try guest.usage()
      for id in unseen {
        try expect(guest.code(show(scanout: 0, id, width: 32, height: 1)), .invalidParameter, "the response for \(id)")
      }
      try expect(guest.usage(), before, "what the device holds")
      try expect(guest.renderer { $0.reads }, [], "what was read back")
      try expect(guest.recorder.take(), [], "what is shown")
    },
    GuestCase("SET_SCANOUT shows a texture", .setScanout, on: .rendering) { guest in
      try guest.setContext()
      try guest.send(show(scanout: 0, 5))
      try expect(
        guest.recorder.take(), [.scanout(0, Size(width: 64, height: 48), .b8g8r8x8)], "what is shown of a texture")
    },
  ]
}

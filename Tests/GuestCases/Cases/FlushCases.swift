internal import Display
internal import GuestDriver
internal import ScanoutTesting
internal import VirtioGPU

/// RESOURCE_FLUSH and TRANSFER_TO_HOST_2D.
extension GuestCase {
  private static func flush(
    _ id: UInt32, x: UInt32 = 0, y: UInt32 = 0, width: UInt32 = 64, height: UInt32 = 48
  ) -> ResourceFlush {
    ResourceFlush(rectangle: Rectangle(x: x, y: y, width: width, height: height), resourceID: id)
  }

  static let flushCases: [GuestCase] = [
    GuestCase("RESOURCE_FLUSH damages every scanout that shows the part, in its own coordinates", .resourceFlush) {
      guest in
      let frame = try guest.setStage()
      try frame.show(on: 0, Rectangle(x: 10, y: 10, width: 20, height: 10))
      try frame.show(on: 1, Rectangle(x: 25, y: 5, width: 30, height: 30))
      _ = guest.recorder.take()
      try guest.send(flush(1, x: 28, y: 12, width: 4, height: 4))
      try expect(
        guest.recorder.take(),
        [
          .damage(0, Rectangle(x: 18, y: 2, width: 2, height: 4)),
          .damage(1, Rectangle(x: 3, y: 7, width: 4, height: 4)),
        ], "what is shown")
    },
    GuestCase("RESOURCE_FLUSH of what no scanout shows, or of no pixel, shows nothing", .resourceFlush) { guest in
      let frame = try guest.setStage()
      try guest.send(flush(2))
      try frame.show(on: 0, Rectangle(x: 0, y: 0, width: 16, height: 16))
      _ = guest.recorder.take()
      try guest.send(flush(1, x: 20, y: 20, width: 5, height: 5))
      try guest.send(flush(1, x: 64, y: 48, width: 0, height: 0))
      try guest.send(flush(1, x: 3, y: 3, width: 0, height: 5))
      try expect(guest.recorder.take(), [], "what is shown")
    },
  ]

  private static func transfer(
    _ id: UInt32, x: UInt32 = 0, y: UInt32 = 0, width: UInt32 = 64, height: UInt32 = 48, offset: UInt64 = 0
  ) -> TransferToHost2D {
    TransferToHost2D(
      rectangle: Rectangle(x: x, y: y, width: width, height: height), offset: offset, resourceID: id)
  }

  static let transferCases: [GuestCase] = [
    GuestCase("TRANSFER_TO_HOST_2D changes the pixels of its rectangle and no other", .transferToHost2D) { guest in
      let frame = try guest.setStage()
      frame.surface.fill(Rectangle(frame.surface.size), with: Color(red: 9, green: 9, blue: 9))
      let part = Rectangle(x: 3, y: 5, width: 7, height: 11)
      try frame.flush(part)
      let rows = guest.recorder.rows(0) ?? []
      try expect(rows.count, 48, "the number of rows")
      for (y, row) in rows.enumerated() {
        let nine = stride(from: 0, to: row.count, by: 4).filter { row[$0] == 9 }.map { $0 / 4 }
        try expect(nine, (5..<16).contains(y) ? Array(3..<10) : [], "the columns that changed in row \(y)")
      }
    },
    GuestCase("TRANSFER_TO_HOST_2D takes its first pixel from the offset", .transferToHost2D) { guest in
      let frame = try guest.setStage()
      frame.surface.fill(Rectangle(x: 20, y: 30, width: 1, height: 1), with: Color(red: 1, green: 2, blue: 3))
      try guest.send(transfer(1, x: 2, y: 1, width: 1, height: 1, offset: 64 * 4 * 30 + 20 * 4))
      try guest.send(flush(1))
      try expect(guest.recorder.pixel(2, 1), [3, 2, 1], "the pixel")
      try expect(guest.recorder.pixel(20, 30), [0, 0, 0], "the pixel at its own place")
    },
    GuestCase("TRANSFER_TO_HOST_2D of no pixel is responded to, wherever it lies", .transferToHost2D) { guest in
      try guest.setStage()
      try guest.send(transfer(1, x: 64, y: 48, width: 0, height: 0, offset: .max))
    },
    GuestCase("TRANSFER_TO_HOST_2D of a blob has nothing to copy", .transferToHost2D) { guest in
      try guest.makeBlob(7, .guest)
      try guest.send(transfer(7, width: .max, height: .max, offset: .max))
    },
  ]
}

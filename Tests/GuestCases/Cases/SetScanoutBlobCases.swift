internal import Display
internal import GuestDriver
internal import ScanoutTesting
internal import VirtioGPU
internal import Virtqueue

/// SET_SCANOUT_BLOB.
extension GuestCase {
  /// Of blob 7, which has four pages.
  private static func show(
    _ id: UInt32 = 7, scanout: UInt32 = 0, part rectangle: Rectangle = Rectangle(x: 0, y: 0, width: 32, height: 32),
    width: UInt32 = 32, height: UInt32 = 32, format: UInt32 = 2, stride: UInt32 = 128, offset: UInt32 = 0
  ) -> SetScanoutBlob {
    SetScanoutBlob(
      rectangle: rectangle, scanout: scanout, resourceID: id, size: Size(width: width, height: height), format: format,
      stride: stride, offset: offset)
  }

  private static func show(plane: Int, stride: UInt32 = 0, offset: UInt32 = 0) -> SetScanoutBlob {
    var command = show()
    command.strides[plane] = stride
    command.offsets[plane] = offset
    return command
  }

  private static func wrong(_ name: String, _ command: SetScanoutBlob, _ code: ResponseType) -> GuestCase {
    GuestCase("SET_SCANOUT_BLOB \(name) is refused", .setScanoutBlob) { guest in
      _ = try blob(guest)
      try guest.send(show())
      _ = guest.recorder.take()
      let before = try guest.usage()
      try expect(guest.code(command), code, "the response")
      try expect(guest.usage(), before, "what the device holds")
      try expect(guest.recorder.take(), [], "what is shown")
      try guest.send(ResourceFlush(rectangle: Rectangle(x: 1, y: 1, width: 1, height: 1), resourceID: 7))
      try expect(
        guest.recorder.take(), [.damage(0, Rectangle(x: 1, y: 1, width: 1, height: 1))],
        "what is flushed of the resource before")
    }
  }

  /// Blob 7, of four pages that the guest has in the reverse order, `run` bytes each; the case writes into it.
  private static func blob(_ guest: CaseGuest, run: UInt64 = 4096) throws -> (_ bytes: [UInt8], _ offset: UInt64) throws
    -> Void
  {
    let start = try guest.ram.allocate(16384)
    let count = 16384 / run
    let list = (0..<count).map { (start + (count - 1 - $0) * run, UInt32(run)) }
    try guest.send(
      ResourceCreateBlob(resourceID: 7, memory: .guest, entryCount: UInt32(count), size: 16384), payload: entries(list))
    return { bytes, offset in
      try guest.ram.memory.write(bytes, at: start + (count - 1 - offset / run) * run + offset % run)
    }
  }

  static let setScanoutBlobCases: [GuestCase] = [
    GuestCase("SET_SCANOUT_BLOB shows any part at any stride and offset", .setScanoutBlob) { guest in
      let write = try blob(guest)
      // 20 × 10 pixels, rows 300 bytes apart, from byte 52 on; of those, 5 × 4 from (7, 3).
      try write([9, 8, 7, 6], 52 + 300 * 4 + 4 * 8)
      try guest.send(
        show(part: Rectangle(x: 7, y: 3, width: 5, height: 4), width: 20, height: 10, stride: 300, offset: 52))
      _ = guest.recorder.take()
      try guest.send(ResourceFlush(rectangle: Rectangle(x: 8, y: 0, width: 100, height: 5), resourceID: 7))
      try expect(
        guest.recorder.take().first, .damage(0, Rectangle(x: 1, y: 0, width: 4, height: 2)), "what is damaged")
      try expect(guest.recorder.pixel(1, 1), [9, 8, 7], "the pixel")
    },
    GuestCase("SET_SCANOUT_BLOB maps scattered memory entries side by side", .setScanoutBlob) { guest in
      let write = try blob(guest)
      let all = Rectangle(x: 0, y: 0, width: 32, height: 128)
      try guest.send(show(part: all, height: 128))
      for page in UInt64(0)..<4 { try write([UInt8(page + 1), 7, 8, 9], page * 4096) }
      try guest.send(ResourceFlush(rectangle: all, resourceID: 7))
      for page in 0..<4 { try expect(guest.recorder.pixel(0, page * 32), [UInt8(page + 1), 7, 8], "page \(page)") }
      try expect(guest.usage().mappings, 4, "the number of mappings")
    },
    GuestCase(
      "SET_SCANOUT_BLOB copies memory entries that no mappings are left for", .setScanoutBlob,
      on: .flat.limited { $0.mappings = 3 }
    ) { guest in
      let write = try blob(guest)
      try guest.send(show())
      try write([1, 2, 3, 4], 128 * 5)
      let pixel = Rectangle(x: 0, y: 5, width: 1, height: 1)
      try guest.send(ResourceFlush(rectangle: pixel, resourceID: 7))
      try expect(guest.recorder.pixel(0, 5), [1, 2, 3], "the pixel")
      try expect(guest.usage().mappings, 0, "the number of mappings")
    },
    GuestCase("SET_SCANOUT_BLOB copies entries that are no whole pages", .setScanoutBlob) { guest in
      let write = try blob(guest, run: 1024)
      try guest.send(show())
      try write([1, 2, 3, 4], 128 * 20)
      try guest.send(ResourceFlush(rectangle: Rectangle(x: 0, y: 20, width: 1, height: 1), resourceID: 7))
      try expect(guest.recorder.pixel(0, 20), [1, 2, 3], "the pixel")
    },
    GuestCase("SET_SCANOUT_BLOB shows the same blob on two scanouts", .setScanoutBlob) { guest in
      let write = try blob(guest)
      try guest.send(show())
      try guest.send(show(scanout: 1, width: 16, height: 32, stride: 128, offset: 64).cut(16))
      try write([1, 2, 3, 4], 128 * 3 + 64)
      try guest.send(ResourceFlush(rectangle: Rectangle(x: 0, y: 0, width: 32, height: 32), resourceID: 7))
      try expect(guest.recorder.pixel(16, 3, on: 0), [1, 2, 3], "the pixel on scanout 0")
      try expect(guest.recorder.pixel(0, 3, on: 1), [1, 2, 3], "the pixel on scanout 1")
      try guest.send(ResourceUnref(resourceID: 7))
      try expect(guest.recorder.take().suffix(2), [.off(0), .off(1)], "what is shown afterwards")
    },
    GuestCase("SET_SCANOUT_BLOB of resource 0 darkens a scanout", .setScanoutBlob) { guest in
      _ = try blob(guest)
      try guest.send(show())
      try guest.send(
        show(0, part: Rectangle(x: .max, y: 0, width: 0, height: 0), width: 0, height: 0, format: 0, stride: 0))
      try expect(guest.recorder.take().last, .off(0), "what is shown")
    },
    GuestCase("SET_SCANOUT_BLOB ends with the last byte of the blob", .setScanoutBlob) { guest in
      _ = try blob(guest)
      try guest.send(show(stride: 512, offset: 16384 - 31 * 512 - 128))
      try expect(guest.code(show(stride: 512, offset: 16384 - 31 * 512 - 124)), .invalidParameter, "one pixel further")
    },
    GuestCase("SET_SCANOUT_BLOB of a blob of the host shows its bytes", .setScanoutBlob, on: .rendering) { guest in
      try guest.setContext()
      try guest.makeBlob(7, .host3D)
      try guest.send(show())
      let all = Rectangle(x: 0, y: 0, width: 32, height: 32)
      try guest.send(ResourceFlush(rectangle: all, resourceID: 7))
      try expect(guest.recorder.pixel(31, 31), [0, 0, 0], "the pixel")
      try expect(guest.code(show(height: 33)), .invalidParameter, "one row more than it has")
    },
    GuestCase("SET_SCANOUT_BLOB does not show a 2D resource", .setScanoutBlob) { guest in
      try guest.setStage()
      try expect(guest.code(show(1)), .invalidParameter, "the response")
    },
    .mistake("SET_SCANOUT_BLOB that was not negotiated", show(1), .unspecified, on: .flat.asking([.edid])),
    wrong("on scanout 2 of 2", show(scanout: 2), .invalidScanoutID),
    wrong("on scanout 16", show(scanout: 16), .invalidScanoutID),
    wrong("on scanout 2^32-1", show(scanout: .max), .invalidScanoutID),
    wrong("of an unknown resource", show(9), .invalidResourceID),
    wrong("of resource 2^32-1", show(.max), .invalidResourceID),
    wrong("without width", show(width: 0), .invalidParameter),
    wrong("without height", show(height: 0), .invalidParameter),
    wrong("32768 wide", show(width: 32768), .invalidParameter),
    wrong("65535 high", show(height: 65535), .invalidParameter),
    wrong("2^30+1 wide", show(width: 0x4000_0001, stride: 4), .invalidParameter),
    wrong("2^32-1 squared", show(width: .max, height: .max, stride: .max), .invalidParameter),
    wrong("larger than the blob", show(height: 129), .invalidParameter),
    wrong("of format 0", show(format: 0), .invalidParameter),
    wrong("of format 135", show(format: 135), .invalidParameter),
    wrong("of format 2^32-1", show(format: .max), .invalidParameter),
    wrong("with stride 0", show(stride: 0), .invalidParameter),
    wrong("with a stride a pixel too short", show(stride: 124), .invalidParameter),
    wrong("with a stride of 2^31", show(stride: 1 << 31), .invalidParameter),
    wrong(
      "with a stride of 2^31 in one row",
      show(part: .init(x: 0, y: 0, width: 1, height: 1), height: 1, stride: 1 << 31),
      .invalidParameter),
    wrong("with a stride of 2^32-4", show(stride: .max - 3), .invalidParameter),
    wrong("with a stride that cuts pixels", show(stride: 130), .invalidParameter),
    wrong("at an offset of 2^32-4", show(offset: .max - 3), .invalidParameter),
    wrong("at an offset that cuts pixels", show(offset: 2), .invalidParameter),
    wrong("whose last row ends beyond the blob", show(stride: 512, offset: 400), .invalidParameter),
    wrong("with a stride of plane 1", show(plane: 1, stride: 128), .invalidParameter),
    wrong("with an offset of plane 2", show(plane: 2, offset: 4), .invalidParameter),
    wrong("with a stride of plane 3", show(plane: 3, stride: .max), .invalidParameter),
    wrong("of no pixel", show(part: Rectangle(x: 0, y: 0, width: 0, height: 1)), .invalidParameter),
    wrong("of a part outside the image", show(part: Rectangle(x: 1, y: 0, width: 32, height: 32)), .invalidParameter),
    wrong("of a part whose edge wraps", show(part: Rectangle(x: .max, y: 0, width: 2, height: 1)), .invalidParameter),
  ]
}

extension SetScanoutBlob {
  /// The same, of fewer columns.
  fileprivate func cut(_ width: UInt32) -> SetScanoutBlob {
    var command = self
    command.rectangle.width = width
    return command
  }
}

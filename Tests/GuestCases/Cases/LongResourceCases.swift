internal import Display
internal import GuestDriver
internal import ScanoutTesting
internal import VirtioGPU
internal import Virtqueue

/// RESOURCE_CREATE_2D with sides that nothing can show.
extension GuestCase {
  static let longResourceCases: [GuestCase] =
    [(32768, 1), (1, 65535), (262_144, 1), (1, 0xfff_0000), (0xfff_0000, 1)].map(unseen)
    + [long(on: .flat), long(on: .rendering)]

  private static func create(_ width: UInt32, _ height: UInt32) -> ResourceCreate2D {
    ResourceCreate2D(resourceID: 9, format: 1, width: width, height: height)
  }

  private static func unseen(_ width: UInt32, _ height: UInt32) -> GuestCase {

    GuestCase("a 2D resource of \(width) by \(height) is made, and cannot be shown", .resourceCreate2D) { guest in
      try guest.setStage()
      let before = try guest.usage()
      try guest.send(create(width, height))
      try expect(
        guest.usage().resourceBytes, before.resourceBytes + 4 * UInt64(width) * UInt64(height), "what counts of it")
      let part = Rectangle(x: 0, y: 0, width: 1, height: 1)
      for rectangle in [part, Rectangle(x: 0, y: 0, width: width, height: height)] {
        try expect(
          guest.code(SetScanout(rectangle: rectangle, scanout: 0, resourceID: 9)), .invalidParameter, "the response")
      }
      try guest.send(ResourceFlush(rectangle: part, resourceID: 9))
      try guest.point(UpdateCursor(CursorFields(scanout: 0, position: .zero, resourceID: 9)))
      try expect(guest.recorder.take(), [], "what is shown")
      try guest.send(ResourceUnref(resourceID: 9))
      try expect(guest.usage(), before, "what the device holds")
    }
  }

  /// Pixels of a resource with a long side, in memory entries in which rows begin anywhere.
  private static func long(on setup: CaseSetup) -> GuestCase {
    let name = setup.rendering == .none ? "" : " by a device that renders as well"
    return GuestCase(
      "a 2D resource 40000 wide has the pixels that are transferred\(name)", .resourceCreate2D, on: setup
    ) {
      guest in
      let (width, height) = (UInt32(40000), UInt32(3))
      let count = 4 * Int(width) * Int(height)
      func value(_ x: UInt32, _ y: UInt32) -> [UInt8] { [UInt8(y + 1), UInt8(x & 0xff), UInt8(x >> 8), 7] }
      try guest.send(create(width, height))
      var bytes: [UInt8] = []
      bytes.reserveCapacity(count)
      for y in 0..<height { for x in 0..<width { bytes += value(x, y) } }
      var list: [(UInt64, UInt32)] = []
      var start = 0
      while start < count {
        let length = min(99_996, count - start)
        let address = try guest.ram.allocate(UInt64(length) + 4096)
        try guest.ram.memory.write(Array(bytes[start..<(start + length)]), at: address)
        list.append((address, UInt32(length)))
        start += length
      }
      try guest.send(ResourceAttachBacking(resourceID: 9, entryCount: UInt32(list.count)), payload: entries(list))
      func pixels(_ places: [(UInt32, UInt32)]) throws -> [[UInt8]?] {
        try guest.host.onDevice { device in places.map { device.longPixel($0.0, $0.1, of: 9) } }
      }
      // A part of each row, which starts in the middle of one.
      let part = Rectangle(x: 20000, y: 1, width: 10000, height: 2)
      try guest.send(
        TransferToHost2D(rectangle: part, offset: 4 * (UInt64(width) + 20000), resourceID: 9))
      let inside: [(UInt32, UInt32)] = [(20000, 1), (24998, 1), (29999, 1), (20000, 2), (25000, 2), (29999, 2)]
      try expect(pixels(inside), inside.map { value($0.0, $0.1) }, "what was transferred")
      let outside: [(UInt32, UInt32)] = [(19999, 1), (30000, 1), (20000, 0), (19999, 2), (30000, 2)]
      try expect(pixels(outside), outside.map { _ in [0, 0, 0, 0] }, "what was not")
      let all = Rectangle(x: 0, y: 0, width: width, height: height)
      try guest.send(TransferToHost2D(rectangle: all, offset: 0, resourceID: 9))
      try expect(pixels(outside), outside.map { value($0.0, $0.1) }, "what was transferred then")
      try expect(
        guest.code(TransferToHost2D(rectangle: all, offset: 4, resourceID: 9)), .invalidParameter, "one pixel too far")
      try expect(
        guest.code(
          TransferToHost2D(rectangle: Rectangle(x: 1, y: 0, width: width, height: 1), offset: 0, resourceID: 9)),
        .invalidParameter, "a transfer beyond the right edge")
    }
  }
}

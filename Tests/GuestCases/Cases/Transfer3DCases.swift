internal import Display
internal import GuestDriver
internal import ScanoutTesting
internal import VirtioGPU
internal import Virtqueue

/// TRANSFER_TO_HOST_3D and TRANSFER_FROM_HOST_3D.
extension GuestCase {
  /// Texture 5 has pages; the case gets them.
  private static func paged(
    _ name: String, _ type: CommandType, _ body: @escaping @Sendable (CaseGuest, UInt64) throws -> Void
  ) -> GuestCase {
    GuestCase(name, type, on: .rendering) { guest in
      try guest.setContext()
      try body(guest, guest.attachPages(to: 5))
    }
  }

  private static func fields(
    _ id: UInt32 = 5, _ box: Box = Box(x: 3, y: 7, width: 1), offset: UInt64 = 0, level: UInt32 = 0, stride: UInt32 = 0,
    layerStride: UInt32 = 0
  ) -> Transfer3D {
    Transfer3D(box: box, offset: offset, resourceID: id, level: level, stride: stride, layerStride: layerStride)
  }

  /// Wrong both ways.
  private static func wrong(_ name: String, _ fields: Transfer3D, context: UInt32 = 1, _ code: ResponseType)
    -> [GuestCase]
  {
    [
      paged("TRANSFER_TO_HOST_3D \(name) is refused", .transferToHost3D) { guest, _ in
        try expect(guest.code(TransferToHost3D(fields), context: context), code, "the response")
      },
      paged("TRANSFER_FROM_HOST_3D \(name) is refused", .transferFromHost3D) { guest, page in
        try guest.ram.memory.write([UInt8](repeating: 0x55, count: 12288), at: page)
        try expect(guest.code(TransferFromHost3D(fields), context: context), code, "the response")
        try expect(
          guest.ram.memory.read(at: page, count: 12288).allSatisfy { $0 == 0x55 }, "the backing is as it was")
      },
    ]
  }

  static let transfer3DCases: [GuestCase] =
    [
      paged("TRANSFER_TO_HOST_3D copies the box and nothing else", .transferToHost3D) { guest, page in
        try guest.ram.memory.write([1, 2, 3, 4, 5, 6, 7, 8], at: page + 1000)
        try guest.send(TransferToHost3D(fields(offset: 1000)), context: 1)
        let all = Rectangle(x: 0, y: 0, width: 64, height: 48)
        try guest.send(SetScanout(rectangle: all, scanout: 0, resourceID: 5))
        try guest.send(ResourceFlush(rectangle: all, resourceID: 5))
        try expect(guest.recorder.pixel(3, 7), [1, 2, 3], "the pixel")
        try expect(guest.recorder.pixel(4, 7), [0, 0, 0], "the pixel beside it")
      },
      paged("TRANSFER_FROM_HOST_3D brings back what was drawn, and touches no other byte", .transferFromHost3D) {
        guest, page in
        try expect(guest.submit3D(.fill(resource: 5, Color(red: 1, green: 2, blue: 3))), .okNoData, "what draws")
        try guest.send(
          TransferFromHost3D(fields(5, Box(x: 0, y: 0, width: 2, height: 2), offset: 100, stride: 16)), context: 1)
        let bytes = try guest.ram.memory.read(at: page, count: 200)
        let pixel: [UInt8] = [3, 2, 1, 255]
        for start in [100, 104, 116, 120] { try expect(Array(bytes[start..<(start + 4)]), pixel, "a pixel") }
        for range in [0..<100, 108..<116, 124..<200] {
          try expect(bytes[range].allSatisfy { $0 == 0 }, "bytes outside the box are untouched")
        }
      },
      paged("transfers in the name of the device itself are right", .transferToHost3D) { guest, _ in
        try guest.send(TransferToHost3D(fields()))
        try guest.send(TransferFromHost3D(fields()))
      },
      paged("transfers take any distance between layers, of which there is one", .transferToHost3D) { guest, _ in
        try guest.send(TransferToHost3D(fields(layerStride: .max)), context: 1)
        try guest.send(TransferFromHost3D(fields(layerStride: .max)), context: 1)
      },
      paged("transfers of a texture that the context does not use are refused", .transferToHost3D) { guest, _ in
        try guest.attachPages(to: 6)
        try expect(guest.code(TransferToHost3D(fields(6)), context: 1), .invalidParameter, "the way there")
        try expect(guest.code(TransferFromHost3D(fields(6)), context: 1), .invalidParameter, "the way back")
      },
      paged("transfers of a blob of the guest have nothing to copy", .transferToHost3D) { guest, _ in
        try guest.makeBlob(8, .guest)
        try guest.send(TransferToHost3D(fields(8, Box(x: .max, width: .max), offset: .max)), context: 1)
        try guest.send(TransferFromHost3D(fields(8)), context: 1)
      },
      .mistake(
        "TRANSFER_TO_HOST_3D without a renderer", TransferToHost3D(fields(1)), .unspecified),
      .mistake(
        "TRANSFER_FROM_HOST_3D without a renderer", TransferFromHost3D(fields(1)), .unspecified),
    ]
    + wrong("of an unknown resource", fields(77), .invalidResourceID)
    + wrong("of resource 0", fields(0), .invalidResourceID)
    + wrong("in an unknown context", fields(), context: 7, .invalidContextID)
    + wrong("of a texture without a backing", fields(6), .unspecified)
    + wrong("of level 1 of 1", fields(level: 1), .invalidParameter)
    + wrong("of level 2^32-1", fields(level: .max), .invalidParameter)
    + wrong("of no texel", fields(5, Box(width: 0)), .invalidParameter)
    + wrong("of a box outside", fields(5, Box(x: 64, width: 1)), .invalidParameter)
    + wrong("of a box whose edge wraps", fields(5, Box(x: .max, width: 2)), .invalidParameter)
    + wrong("of layer 1 of 1", fields(5, Box(z: 1, width: 1)), .invalidParameter)
    + wrong("of 2^32-1 layers", fields(5, Box(width: 1, depth: .max)), .invalidParameter)
    + wrong("from an offset beyond the backing", fields(offset: 12285), .invalidParameter)
    + wrong("from an offset of 2^64-1", fields(offset: .max), .invalidParameter)
    + wrong("with a stride of 2^32-1", fields(5, Box(width: 1, height: 2), stride: .max), .invalidParameter)
}

internal import Display
internal import GuestDriver
internal import ScanoutTesting
internal import VirtioGPU
internal import Virtqueue

/// RESOURCE_CREATE_3D.
extension GuestCase {
  private static func texture(
    _ id: UInt32 = 9, target: UInt32 = 2, format: UInt32 = 1, width: UInt32 = 8, height: UInt32 = 8, depth: UInt32 = 1,
    arraySize: UInt32 = 1, lastLevel: UInt32 = 0, sampleCount: UInt32 = 0
  ) -> ResourceCreate3D {
    ResourceCreate3D(
      resourceID: id, target: target, format: format, bind: 2, width: width, height: height, depth: depth,
      arraySize: arraySize, lastLevel: lastLevel, sampleCount: sampleCount)
  }

  static let create3DCases: [GuestCase] =
    PixelFormat.allCases.map { format in
      GuestCase("a texture of \(format) is drawn and shown", .resourceCreate3D, on: .rendering) { guest in
        try guest.setContext()
        try guest.send(texture(format: format.wire, width: 16, height: 16))
        try guest.send(ContextAttachResource(resourceID: 9), context: 1)
        let part = Rectangle(x: 8, y: 8, width: 8, height: 8)
        try guest.send(SetScanout(rectangle: part, scanout: 0, resourceID: 9))
        try expect(
          guest.submit3D(.fill(resource: 9, Color(red: 1, green: 2, blue: 3))), .okNoData, "the response to what draws")
        _ = guest.recorder.take()
        try guest.send(ResourceFlush(rectangle: Rectangle(x: 10, y: 0, width: 4, height: 16), resourceID: 9))
        try expect(
          guest.recorder.take().first, .damage(0, Rectangle(x: 2, y: 0, width: 4, height: 8)), "what is damaged")
        try expect(guest.recorder.pixel(2, 0), [3, 2, 1], "the pixel")
        try expect(guest.recorder.pixel(1, 0), [0, 0, 0], "the pixel beside the part that was flushed")
      }
    } + [
      .mistake("a texture without a renderer", texture(), .unspecified),
      .mistake("a texture with id 0", texture(0), .invalidResourceID, on: .rendering),
      .mistake("a texture with the id of a texture", texture(5), .invalidResourceID, on: .rendering),
      .mistake("a texture with the id of a 2D resource", texture(1), .invalidResourceID, on: .rendering),
      .mistake(
        "a texture of a target that the renderer has not", texture(target: 99), .invalidParameter, on: .rendering),
      .mistake("a texture of format 2^32-1", texture(format: .max), .invalidParameter, on: .rendering),
      .mistake("a texture without width", texture(width: 0), .invalidParameter, on: .rendering),
      .mistake("a texture without height", texture(height: 0), .invalidParameter, on: .rendering),
      .mistake("a texture 65535 wide", texture(width: 65535, height: 1), .invalidParameter, on: .rendering),
      .mistake("a texture 2^31 wide", texture(width: 1 << 31), .outOfMemory, on: .rendering),
      .mistake("a texture of 2^32-1 squared", texture(width: .max, height: .max), .outOfMemory, on: .rendering),
      .mistake(
        "a texture whose five factors wrap 2^64",
        texture(width: .max, height: .max, depth: .max, arraySize: .max, sampleCount: .max), .outOfMemory,
        on: .rendering),
      .mistake(
        "a texture of 2^32-1 layers", texture(width: 1024, height: 1024, arraySize: .max), .outOfMemory, on: .rendering),
      .mistake("a texture of 2^32-1 samples", texture(sampleCount: .max), .outOfMemory, on: .rendering),
      .mistake(
        "a texture whose levels of detail are twice the quota", texture(width: 16384, height: 16384, lastLevel: .max),
        .outOfMemory, on: .rendering),
    ]
}

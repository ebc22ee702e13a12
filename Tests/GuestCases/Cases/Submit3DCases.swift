internal import Display
internal import GuestDriver
internal import ScanoutTesting
internal import VirtioGPU
internal import Virtqueue

/// SUBMIT_3D.
extension GuestCase {
  static let submitCases: [GuestCase] = [
    GuestCase("SUBMIT_3D draws", .submit3D, on: .rendering) { guest in
      try guest.setContext()
      let all = Rectangle(x: 0, y: 0, width: 64, height: 48)
      try guest.send(SetScanout(rectangle: all, scanout: 0, resourceID: 5))
      for shade in UInt8(1)...3 {
        let color = Color(red: shade, green: shade, blue: shade)
        try expect(guest.submit3D(.fill(resource: 5, color)), .okNoData, "the response")
        try guest.send(ResourceFlush(rectangle: all, resourceID: 5))
        try expect(guest.recorder.pixel(63, 47), [shade, shade, shade], "the pixel")
      }
    },
    GuestCase("SUBMIT_3D of nothing is done at once", .submit3D, on: .rendering) { guest in
      try guest.setContext()
      try guest.send(Submit3D(size: 0), context: 1)
    },
    GuestCase("SUBMIT_3D takes as many bytes as it announces, and no more", .submit3D, on: .rendering) { guest in
      try guest.setContext()
      let draw = FakeCommand.fill(resource: 5, .black).bytes
      try guest.send(Submit3D(size: 12), payload: draw + FakeCommand.fail.bytes, context: 1)
    },
    GuestCase("SUBMIT_3D that fails is responded to with an error, and the context goes on", .submit3D, on: .rendering)
    { guest in
      try guest.setContext()
      try expect(guest.submit3D(.fail), .unspecified, "the response")
      try expect(guest.submit3D(.fill(resource: 5, .black)), .okNoData, "the response to the next")
    },
    GuestCase(
      "SUBMIT_3D of more than the longest request does nothing", .submit3D,
      on: .rendering.limited { $0.requestBytes = 4096 }
    ) { guest in
      try guest.setContext()
      let all = Rectangle(x: 0, y: 0, width: 64, height: 48)
      try guest.send(SetScanout(rectangle: all, scanout: 0, resourceID: 5))
      let draw = FakeCommand.fill(resource: 5, Color(red: 1, green: 2, blue: 3)).bytes
      // Whole commands, of which the last end behind the longest request, or all before it.
      for (count, code, pixel) in [(340, ResponseType.invalidParameter, 0), (338, .okNoData, 1)] {
        let commands = Array(repeatElement(draw, count: count).joined())
        try expect(
          guest.code(Submit3D(size: UInt32(commands.count)), payload: commands, context: 1), code, "the response")
        try guest.send(ResourceFlush(rectangle: all, resourceID: 5))
        try expect(guest.recorder.pixel(9, 9)?.last, UInt8(pixel), "the pixel")
      }
    },
    .mistake("SUBMIT_3D without a renderer", Submit3D(size: 0), in: 1, .unspecified),
    .mistake("SUBMIT_3D in context 0", Submit3D(size: 0), .invalidContextID, on: .rendering),
    .mistake("SUBMIT_3D in an unknown context", Submit3D(size: 0), in: 7, .invalidContextID, on: .rendering),
    .mistake(
      "SUBMIT_3D of 3 bytes", Submit3D(size: 3), payload: [0, 0, 0, 0], in: 1, .invalidParameter, on: .rendering),
    .mistake(
      "SUBMIT_3D of more than came", Submit3D(size: 8), payload: [0, 0, 0, 0], in: 1, .invalidParameter, on: .rendering),
    .mistake(
      "SUBMIT_3D of 4 GiB", Submit3D(size: .max - 3), payload: [0, 0, 0, 0], in: 1, .invalidParameter, on: .rendering),
    .mistake(
      "SUBMIT_3D of junk", Submit3D(size: 8), payload: [9, 9, 9, 9, 9, 9, 9, 9], in: 1, .invalidParameter,
      on: .rendering),
    .mistake(
      "SUBMIT_3D of a command that ends early", Submit3D(size: 8), payload: [1, 0, 0, 0, 5, 0, 0, 0], in: 1,
      .invalidParameter, on: .rendering),
    .mistake(
      "SUBMIT_3D into a resource that the context does not use", Submit3D(size: 12),
      payload: FakeCommand.fill(resource: 6, .black).bytes, in: 1, .invalidParameter, on: .rendering),
  ]
}

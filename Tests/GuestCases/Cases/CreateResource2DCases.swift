internal import Display
internal import GuestDriver
internal import ScanoutTesting
internal import VirtioGPU

/// RESOURCE_CREATE_2D and RESOURCE_UNREF.
extension GuestCase {
  private static func create(
    _ id: UInt32, format: UInt32 = 1, width: UInt32 = 8, height: UInt32 = 8
  ) -> ResourceCreate2D {
    ResourceCreate2D(resourceID: id, format: format, width: width, height: height)
  }

  static let createResource2DCases: [GuestCase] =
    PixelFormat.allCases.map { format in
      GuestCase("a 2D resource of \(format) begins black and shows what is transferred", .resourceCreate2D) { guest in
        let frame = try Framebuffer(guest.driver, size: Size(width: 16, height: 8), format: format)
        frame.surface.fill(Rectangle(frame.surface.size), with: Color(red: 10, green: 20, blue: 30))
        try frame.show(on: 0)
        try guest.send(ResourceFlush(rectangle: Rectangle(frame.surface.size), resourceID: frame.resourceID))
        try expect(guest.recorder.pixel(3, 3), [0, 0, 0], "a pixel before the transfer")
        try frame.flush()
        try expect(guest.recorder.pixel(15, 7), [30, 20, 10], "a pixel after the transfer")
      }
    } + [
      GuestCase("a 2D resource is shown by a device that renders as well", .resourceCreate2D, on: .rendering) { guest in
        let frame = try Framebuffer(guest.driver, size: Size(width: 16, height: 8), format: .r8g8b8x8)
        frame.surface.fill(Rectangle(frame.surface.size), with: Color(red: 10, green: 20, blue: 30))
        try frame.show(on: 0)
        try frame.flush()
        try expect(guest.recorder.pixel(15, 7), [30, 20, 10], "a pixel")
      },
      GuestCase(
        "a 2D resource in a format that the renderer has not is made without it", .resourceCreate2D, on: .rendering
      ) { guest in
        try guest.renderer { $0.refusedFormats = [PixelFormat.r8g8b8x8.wire] }
        let frame = try Framebuffer(guest.driver, size: Size(width: 16, height: 8), format: .r8g8b8x8)
        try expect(guest.renderer { $0.resources }, [], "what the renderer holds")
        frame.surface.fill(Rectangle(frame.surface.size), with: Color(red: 10, green: 20, blue: 30))
        try frame.show(on: 0)
        try frame.flush()
        try expect(guest.recorder.pixel(15, 7), [30, 20, 10], "a pixel")
        let fields = Transfer3D(box: Box(width: 1), resourceID: frame.resourceID)
        try expect(guest.code(TransferToHost3D(fields)), .invalidParameter, "a transfer of contexts to it")
        try expect(guest.code(TransferFromHost3D(fields)), .invalidParameter, "a transfer of contexts from it")
        try guest.send(ResourceDetachBacking(resourceID: frame.resourceID))
        try guest.send(ResourceUnref(resourceID: frame.resourceID))
        try expect(guest.recorder.take().last, .off(0), "what is shown in the end")
      },
      GuestCase("the smallest 2D resource is one pixel", .resourceCreate2D) { guest in
        let frame = try Framebuffer(guest.driver, size: Size(width: 1, height: 1), format: .b8g8r8x8)
        frame.surface.fill(Rectangle(frame.surface.size), with: Color(red: 1, green: 2, blue: 3))
        try frame.show(on: 0)
        try frame.flush()
        try expect(guest.recorder.pixel(0, 0), [3, 2, 1], "the pixel")
      },
      GuestCase("the largest 2D resource that the quota has is made, and not twice", .resourceCreate2D) { guest in
        // Nothing is drawn, so the host has none of these pages.
        try guest.send(create(1, width: 16384, height: 16384))
        try expect(guest.code(create(2, width: 1, height: 1)), .outOfMemory, "one pixel more")
        try guest.send(ResourceUnref(resourceID: 1))
        try guest.send(create(2, width: 1, height: 1))
      },
      .mistake("a 2D resource with the id of a texture", create(5), .invalidResourceID, on: .rendering),
      .mistake("a 2D resource larger than the quota", create(9, width: 16384, height: 16385), .outOfMemory),
      .mistake(
        "a 2D resource 2^28+1 wide, larger than the quota", create(9, width: 0x1000_0001, height: 1), .outOfMemory),
      .mistake(
        "a 2D resource 2^28+1 high, larger than the quota", create(9, width: 1, height: 0x1000_0001), .outOfMemory),
    ]

  static let unrefCases: [GuestCase] = [
    GuestCase("RESOURCE_UNREF makes the id free again, and forgets the pixels", .resourceUnref) { guest in
      let frame = try guest.setStage()
      frame.surface.fill(Rectangle(frame.surface.size), with: Color(red: 1, green: 2, blue: 3))
      try frame.flush()
      try guest.send(ResourceUnref(resourceID: 1))
      try expect(guest.recorder.take().last, .off(0), "what is shown")
      try guest.send(create(1, format: 2))
      let all = Rectangle(x: 0, y: 0, width: 8, height: 8)
      try guest.send(SetScanout(rectangle: all, scanout: 0, resourceID: 1))
      try guest.send(ResourceFlush(rectangle: all, resourceID: 1))
      try expect(guest.recorder.pixel(0, 0), [0, 0, 0], "a pixel of the new resource")
      try expect(
        guest.code(TransferToHost2D(rectangle: all, offset: 0, resourceID: 1)), .unspecified, "a transfer to it")
    },
    GuestCase("RESOURCE_UNREF of what two scanouts show darkens both, and no third", .resourceUnref) { guest in
      let frame = try guest.setStage()
      try frame.show(on: 1, Rectangle(x: 8, y: 8, width: 8, height: 8))
      _ = guest.recorder.take()
      try guest.send(ResourceUnref(resourceID: 1))
      try expect(guest.recorder.take(), [.off(0), .off(1)], "what is shown")
      try expect(guest.code(ResourceUnref(resourceID: 1)), .invalidResourceID, "the same again")
    },
    GuestCase("RESOURCE_UNREF of a cursor's image leaves the cursor", .resourceUnref) { guest in
      let image = try Framebuffer(guest.driver, size: Size(width: 64, height: 64), format: .b8g8r8a8)
      image.surface.fill(Rectangle(image.surface.size), with: Color(red: 0, green: 0, blue: 128, alpha: 128))
      try guest.driver.showCursor(image, on: 0, at: .zero, hotSpot: .zero)
      try image.unref()
      try expect(guest.recorder.cursor(9, 9), [128, 0, 0, 128], "a pixel of the cursor")
    },
    GuestCase("RESOURCE_UNREF takes a texture from the contexts that use it", .resourceUnref, on: .rendering) { guest in
      try guest.setContext()
      try guest.send(ResourceUnref(resourceID: 5))
      try expect(guest.submit3D(.fill(resource: 5, .black)), .invalidParameter, "what draws into it")
      try expect(
        guest.code(ContextDetachResource(resourceID: 5), context: 1), .invalidResourceID, "what detaches it")
    },
    GuestCase("ids may be made and destroyed for ever", .resourceUnref) { guest in
      for round in UInt32(1)...200 {
        try guest.send(create(round * 0x0101_0101, width: 64, height: 64))
        try guest.send(ResourceUnref(resourceID: round * 0x0101_0101))
      }
      try expect(guest.usage(), Usage(), "what the device holds")
    },
  ]
}

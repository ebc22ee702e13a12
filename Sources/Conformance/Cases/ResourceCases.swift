internal import Display
internal import GuestDriver
internal import VirtioGPU
internal import Virtqueue

/// 2D resources, their backing and their pixels.
extension ConformanceCase {
  static let resourceCases: [ConformanceCase] =
    PixelFormat.allCases.map { format in
      ConformanceCase(
        .resources, "format-\(format)", "A resource in \(format) is shown in its colours",
        source: RuleSource.displaySocket + ": UPDATE has pixels in x8r8g8b8"
      ) { guest in
        let frame = try guest.framebuffer(GuestBench.size, format)
        try frame.show(on: 0)
        try frame.flush()
        try guest.expectShown(frame)
      }
    } + [
      ConformanceCase(
        .resources, "begins-black", "A new resource is black, whatever was in the memory before",
        source: RuleSource.robustness
      ) { guest in
        let all = Rectangle(GuestBench.size)
        let drawn = try (UInt8(1)...8).map { seed in
          let frame = try guest.framebuffer(seed: seed)
          try frame.transfer()
          return frame
        }
        for frame in drawn { try frame.unref() }
        for _ in 0..<8 {
          let frame = try Framebuffer(guest.driver, size: GuestBench.size, format: .b8g8r8x8)
          try frame.show(on: 0)
          try guest.send(ResourceFlush(rectangle: all, resourceID: frame.resourceID))
          try guest.expectShown(frame)
        }
      },
      ConformanceCase(
        .resources, "one-pixel", "The smallest resource has one pixel", source: RuleSource.control
      ) { guest in
        let frame = try guest.framebuffer(Size(width: 1, height: 1), seed: 200)
        try guest.send(
          TransferToHost2D(rectangle: Rectangle(frame.surface.size), offset: 0, resourceID: frame.resourceID))
      },
      ConformanceCase(
        .resources, "odd-size", "A resource of 61 by 37 pixels is shown", source: RuleSource.control
      ) { guest in
        let frame = try guest.framebuffer(Size(width: 61, height: 37))
        try frame.show(on: 0)
        try frame.flush()
        try guest.expectShown(frame)
      },
      ConformanceCase(
        .resources, "large", "A resource of 1920 by 1080 pixels is shown", source: RuleSource.control
      ) { guest in
        let frame = try guest.framebuffer(Size(width: 1920, height: 1080))
        try frame.show(on: 0)
        try frame.flush()
        try guest.expectShown(frame)
      },
      ConformanceCase(
        .resources, "backing-in-pieces", "A backing of many memory entries in any order is one image",
        source: RuleSource.control
      ) { guest in
        let frame = try Framebuffer(guest.driver, size: Size(width: 64, height: 40), format: .b8g8r8x8, run: 144)
        frame.surface.drawBlocks(5)
        try frame.show(on: 0)
        try frame.flush()
        try guest.expectShown(frame)
      },
      ConformanceCase(
        .resources, "backing-of-5000-entries", "A backing of 5000 memory entries is taken, as Linux sends it",
        source: RuleSource.linux
      ) { guest in
        let frame = try Framebuffer(guest.driver, size: Size(width: 200, height: 100), format: .b8g8r8x8, run: 16)
        frame.surface.drawBlocks(6)
        try frame.show(on: 0)
        try frame.flush()
        try guest.expectShown(frame)
      },
      ConformanceCase(
        .resources, "transfer-of-a-part", "A transfer changes the pixels of its rectangle and no other",
        source: RuleSource.control
      ) { guest in
        let frame = try guest.setStage()
        let before = try Surface(size: GuestBench.size, format: .b8g8r8x8)
        before.copy(Rectangle(GuestBench.size), of: frame.surface, to: .zero)
        frame.surface.drawBlocks(44)
        let part = Rectangle(x: 3, y: 5, width: 17, height: 11)
        try frame.transfer(part)
        try guest.send(ResourceFlush(rectangle: Rectangle(GuestBench.size), resourceID: frame.resourceID))
        before.copy(part, of: frame.surface, to: Point(x: 3, y: 5))
        let image = try Surface(size: GuestBench.size, format: .b8g8r8a8)
        image.copy(Rectangle(GuestBench.size), of: before, to: .zero)
        try guest.display.expect(image, on: 0)
      },
      ConformanceCase(
        .resources, "transfer-from-an-offset", "A transfer's first pixel is at the offset in the backing",
        source: RuleSource.control
      ) { guest in
        let frame = try guest.setStage()
        frame.surface.drawBlocks(45)
        // The upper left 8 × 8 pixels come from (16, 8).
        try guest.send(
          TransferToHost2D(
            rectangle: Rectangle(x: 0, y: 0, width: 8, height: 8), offset: UInt64(8 * frame.surface.stride + 16 * 4),
            resourceID: frame.resourceID))
        try guest.send(ResourceFlush(rectangle: Rectangle(GuestBench.size), resourceID: frame.resourceID))
        let image = try Surface(size: Size(width: 8, height: 8), format: .b8g8r8a8)
        image.copy(Rectangle(x: 16, y: 8, width: 8, height: 8), of: frame.surface, to: .zero)
        try frame.show(on: 1, Rectangle(x: 0, y: 0, width: 8, height: 8))
        try guest.send(
          ResourceFlush(rectangle: Rectangle(x: 0, y: 0, width: 8, height: 8), resourceID: frame.resourceID))
        try guest.display.expect(image, on: 1)
      },
      ConformanceCase(
        .resources, "transfer-of-nothing", "A transfer of no pixel is responded to", source: RuleSource.robustness
      ) { guest in
        let frame = try guest.setStage()
        _ = try guest.send(
          request: TransferToHost2D(
            rectangle: Rectangle(x: 3, y: 3, width: 0, height: 0), offset: 0, resourceID: frame.resourceID
          ).request())
        try guest.provesNextFrame()
      },
      ConformanceCase(
        .resources, "detach-keeps-pixels", "RESOURCE_DETACH_BACKING leaves the pixels, and another backing may come",
        source: RuleSource.control
      ) { guest in
        let frame = try guest.setStage()
        try guest.send(ResourceDetachBacking(resourceID: frame.resourceID))
        try guest.send(ResourceFlush(rectangle: Rectangle(GuestBench.size), resourceID: frame.resourceID))
        try guest.expectShown(frame)
        let memory = try guest.ram.allocate(16384)
        try guest.send(
          ResourceAttachBacking(resourceID: frame.resourceID, entryCount: 1), payload: entries([(memory, 12288)]))
        try guest.send(
          TransferToHost2D(rectangle: Rectangle(GuestBench.size), offset: 0, resourceID: frame.resourceID))
        try guest.send(ResourceFlush(rectangle: Rectangle(GuestBench.size), resourceID: frame.resourceID))
        let black = try Surface(size: GuestBench.size, format: .b8g8r8a8)
        black.fill(Rectangle(GuestBench.size), with: .black)
        try guest.display.expect(black, on: 0)
      },
      ConformanceCase(
        .resources, "id-is-free-after-unref", "RESOURCE_UNREF makes the id free again", source: RuleSource.control
      ) { guest in
        for _ in 0..<50 {
          try guest.send(ResourceCreate2D(resourceID: 0x0101_0101, format: 1, width: 64, height: 64))
          try guest.send(ResourceUnref(resourceID: 0x0101_0101))
        }
      },
      ConformanceCase(
        .resources, "many", "500 resources exist at the same time", source: RuleSource.linux
      ) { guest in
        for id in UInt32(1)...500 {
          try guest.send(ResourceCreate2D(resourceID: id, format: 1, width: 8, height: 8))
        }
        for id in UInt32(1)...500 { try guest.send(ResourceUnref(resourceID: id)) }
      },
    ]
}

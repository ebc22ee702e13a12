internal import Display
internal import DisplaySocket
internal import GuestDriver
internal import VirtioGPU

/// SET_SCANOUT and RESOURCE_FLUSH.
extension ConformanceCase {
  static let scanoutCases: [ConformanceCase] = [
    ConformanceCase(
      .scanouts, "whole-resource", "A resource is shown pixel for pixel", source: RuleSource.displaySocket
    ) { guest in
      let frame = try guest.framebuffer()
      try frame.show(on: 0)
      try frame.flush()
      try guest.expectShown(frame)
    },
    ConformanceCase(
      .scanouts, "part-of-a-resource", "A scanout shows the part of a resource that SET_SCANOUT names",
      source: RuleSource.control
    ) { guest in
      let frame = try guest.framebuffer(Size(width: 128, height: 96))
      let part = Rectangle(x: 20, y: 12, width: 64, height: 48)
      try frame.show(on: 0, part)
      try frame.flush()
      try guest.expectShown(frame, part)
    },
    ConformanceCase(
      .scanouts, "two-parts-of-a-resource", "Two scanouts show two parts of one resource, as Linux's fbdev does",
      source: RuleSource.linux
    ) { guest in
      let frame = try guest.framebuffer(Size(width: 128, height: 48))
      let parts = [Rectangle(x: 0, y: 0, width: 64, height: 48), Rectangle(x: 64, y: 0, width: 64, height: 48)]
      for (scanout, part) in parts.enumerated() { try frame.show(on: scanout, part) }
      try frame.flush()
      for (scanout, part) in parts.enumerated() { try guest.expectShown(frame, part, on: scanout) }
    },
    ConformanceCase(
      .scanouts, "mirrored", "Two scanouts show the same resource", source: RuleSource.control
    ) { guest in
      let frame = try guest.framebuffer()
      for scanout in 0...1 { try frame.show(on: scanout) }
      try frame.flush()
      for scanout in 0...1 { try guest.expectShown(frame, on: scanout) }
    },
    ConformanceCase(
      .scanouts, "flush-of-a-part", "RESOURCE_FLUSH of a part brings its pixels", source: RuleSource.control
    ) { guest in
      let frame = try guest.setStage()
      frame.surface.fill(Rectangle(x: 10, y: 20, width: 5, height: 7), with: Color(red: 250, green: 1, blue: 99))
      try frame.flush(Rectangle(x: 10, y: 20, width: 5, height: 7))
      try guest.expectShown(frame)
    },
    ConformanceCase(
      .scanouts, "flush-of-a-part-of-a-part",
      "RESOURCE_FLUSH is in the coordinates of the resource, whichever part a scanout shows", source: RuleSource.control
    ) { guest in
      let frame = try guest.framebuffer(Size(width: 128, height: 96))
      let part = Rectangle(x: 32, y: 16, width: 64, height: 64)
      try frame.show(on: 0, part)
      try frame.flush()
      // The scanout may be wrong before; the part that is flushed now is the rule.
      frame.surface.fill(Rectangle(x: 40, y: 24, width: 16, height: 8), with: Color(red: 1, green: 250, blue: 99))
      try frame.flush(Rectangle(x: 36, y: 20, width: 24, height: 16))
      try guest.expectShown(frame, part)
    },
    ConformanceCase(
      .scanouts, "flush-across-two-scanouts", "RESOURCE_FLUSH reaches each scanout that shows a piece of the rectangle",
      source: RuleSource.control
    ) { guest in
      let frame = try guest.framebuffer(Size(width: 128, height: 48))
      let parts = [Rectangle(x: 0, y: 0, width: 64, height: 48), Rectangle(x: 64, y: 0, width: 64, height: 48)]
      for (scanout, part) in parts.enumerated() { try frame.show(on: scanout, part) }
      try frame.flush()
      frame.surface.fill(Rectangle(x: 50, y: 10, width: 30, height: 10), with: Color(red: 9, green: 8, blue: 7))
      try frame.flush(Rectangle(x: 48, y: 8, width: 34, height: 14))
      for (scanout, part) in parts.enumerated() { try guest.expectShown(frame, part, on: scanout) }
    },
    ConformanceCase(
      .scanouts, "flush-without-pixels", "RESOURCE_FLUSH of no pixel is responded to", source: RuleSource.robustness
    ) { guest in
      let frame = try guest.setStage()
      for rectangle in [Rectangle(x: 3, y: 3, width: 0, height: 5), Rectangle(x: 64, y: 48, width: 0, height: 0)] {
        try guest.send(ResourceFlush(rectangle: rectangle, resourceID: frame.resourceID))
      }
      try guest.expectShown(frame)
      try guest.provesNextFrame()
    },
    ConformanceCase(
      .scanouts, "flush-of-what-is-not-shown", "RESOURCE_FLUSH of a resource that no scanout shows changes no picture",
      source: RuleSource.control
    ) { guest in
      let frame = try guest.setStage()
      let other = try guest.framebuffer(seed: 77)
      try other.flush()
      try guest.expectShown(frame)
    },
    ConformanceCase(
      .scanouts, "flips", "SET_SCANOUT from one resource to another shows the other at its flush",
      source: RuleSource.linux
    ) { guest in
      let frames = try [UInt8(1), 101].map { try guest.framebuffer(seed: $0) }
      for frame in frames + frames + frames {
        try frame.show(on: 0)
        try frame.flush()
        try guest.expectShown(frame)
      }
    },
    ConformanceCase(
      .scanouts, "another-size", "A scanout takes another size with another resource", source: RuleSource.linux
    ) { guest in
      for size in [Size(width: 64, height: 48), Size(width: 320, height: 200), Size(width: 32, height: 16)] {
        let frame = try guest.framebuffer(size)
        try frame.show(on: 0)
        try frame.flush()
        try guest.expectShown(frame)
      }
    },
    ConformanceCase(
      .scanouts, "disable", "SET_SCANOUT of resource 0 switches a scanout off", source: RuleSource.control
    ) { guest in
      _ = try guest.setStage()
      try guest.driver.disable(0)
      try guest.display.expectOff(0)
    },
    ConformanceCase(
      .scanouts, "disable-twice", "A scanout that is off may be switched off again", source: RuleSource.linux
    ) { guest in
      _ = try guest.setStage()
      for _ in 0..<3 { try guest.driver.disable(0) }
      try guest.display.expectOff(0)
      try guest.provesNextFrame()
    },
    ConformanceCase(
      .scanouts, "disable-and-enable", "A scanout that was switched off shows a resource again",
      source: RuleSource.linux
    ) { guest in
      let frame = try guest.setStage()
      for _ in 0..<5 {
        try guest.driver.disable(0)
        try frame.show(on: 0)
        try frame.flush()
      }
      try guest.expectShown(frame)
    },
    ConformanceCase(
      .scanouts, "unref-while-shown", "RESOURCE_UNREF of what a scanout shows switches the scanout off",
      source: RuleSource.robustness
    ) { guest in
      let frame = try guest.setStage()
      try guest.send(ResourceUnref(resourceID: frame.resourceID))
      try guest.display.expectOff(0)
      try guest.provesNextFrame()
    },
    ConformanceCase(
      .scanouts, "unref-while-mirrored", "RESOURCE_UNREF of what two scanouts show switches both off",
      source: RuleSource.robustness
    ) { guest in
      let frame = try guest.setStage()
      try frame.show(on: 1)
      try frame.flush()
      try guest.send(ResourceUnref(resourceID: frame.resourceID))
      for scanout in 0...1 { try guest.display.expectOff(scanout) }
      try guest.provesNextFrame()
    },
    ConformanceCase(
      .scanouts, "set-without-backing", "SET_SCANOUT of a resource without backing leaves the device at work",
      source: RuleSource.robustness
    ) { guest in
      _ = try guest.setStage()
      _ = try guest.send(
        request: SetScanout(rectangle: Rectangle(GuestBench.size), scanout: 0, resourceID: 2).request())
      _ = try guest.send(request: ResourceFlush(rectangle: Rectangle(GuestBench.size), resourceID: 2).request())
      try guest.provesNextFrame()
    },
  ]
}

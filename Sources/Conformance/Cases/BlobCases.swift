internal import Display
internal import GuestDriver
internal import VirtioGPU
internal import Virtqueue

/// Blobs of guest memory, where a back end offers them.
extension ConformanceCase {
  static let blobCases: [ConformanceCase] = [
    ConformanceCase(
      .blobs, "of-the-guest", "A blob of guest memory is shown as the guest drew it", source: RuleSource.control,
      needs: .resourceBlob
    ) { guest in
      let frame = try guest.framebuffer(GuestBench.size, kind: .blob)
      try frame.show(on: 0)
      try frame.flush()
      try guest.expectShown(frame)
      frame.surface.drawBlocks(9)
      try frame.flush()
      try guest.expectShown(frame)
    },
    ConformanceCase(
      .blobs, "formats", "A blob of guest memory is shown in each of the eight formats",
      source: RuleSource.control, needs: .resourceBlob
    ) { guest in
      for format in PixelFormat.allCases {
        let frame = try guest.framebuffer(GuestBench.size, format, kind: .blob)
        try frame.show(on: 0)
        try frame.flush()
        try guest.expectShown(frame)
      }
    },
    ConformanceCase(
      .blobs, "part", "A scanout shows the part of a blob that SET_SCANOUT_BLOB names",
      source: RuleSource.control, needs: .resourceBlob
    ) { guest in
      let frame = try guest.framebuffer(Size(width: 128, height: 96), kind: .blob)
      let part = Rectangle(x: 8, y: 4, width: 64, height: 48)
      try frame.show(on: 0, part)
      try frame.flush()
      try guest.expectShown(frame, part)
    },
    ConformanceCase(
      .blobs, "transfer", "TRANSFER_TO_HOST_2D of a blob of guest memory succeeds, as Linux sends it",
      source: RuleSource.linux, needs: .resourceBlob
    ) { guest in
      let frame = try guest.framebuffer(GuestBench.size, kind: .blob)
      try guest.send(
        TransferToHost2D(rectangle: Rectangle(GuestBench.size), offset: 0, resourceID: frame.resourceID))
    },
    ConformanceCase(
      .blobs, "unref-while-shown", "RESOURCE_UNREF of a blob that is shown switches the scanout off",
      source: RuleSource.robustness, needs: .resourceBlob
    ) { guest in
      let frame = try guest.framebuffer(GuestBench.size, kind: .blob)
      try frame.show(on: 0)
      try frame.flush()
      try guest.send(ResourceUnref(resourceID: frame.resourceID))
      try guest.display.expectOff(0)
      try guest.provesNextFrame()
    },
    ConformanceCase(
      .blobs, "detach-while-shown", "RESOURCE_DETACH_BACKING of a blob that is shown leaves the device at work",
      source: RuleSource.robustness, needs: .resourceBlob
    ) { guest in
      let frame = try guest.framebuffer(GuestBench.size, kind: .blob)
      try frame.show(on: 0)
      try frame.flush()
      try guest.send(ResourceDetachBacking(resourceID: frame.resourceID))
      _ = try guest.send(
        request: ResourceFlush(rectangle: Rectangle(GuestBench.size), resourceID: frame.resourceID).request())
      try guest.provesNextFrame()
    },
    ConformanceCase(
      .blobs, "stride-and-offset-that-wrap", "SET_SCANOUT_BLOB whose rows wrap 2^32 bytes is an error",
      source: "CVE-2026-66021 and its kin: the product is one of 64 bits", needs: .resourceBlob
    ) { guest in
      let frame = try guest.framebuffer(GuestBench.size, kind: .blob)
      for (stride, offset) in [(UInt32(1) << 31, UInt32(0)), (256, .max - 255), (0x5555_5556, 0)] {
        try guest.expectError(
          SetScanoutBlob(
            rectangle: Rectangle(GuestBench.size), scanout: 0, resourceID: frame.resourceID, size: GuestBench.size,
            format: 2, stride: stride, offset: offset))
      }
      try guest.provesNextFrame()
    },
    ConformanceCase(
      .resources, "uuid", "RESOURCE_ASSIGN_UUID has the same UUID each time, and another for another resource",
      source: RuleSource.control, needs: .resourceUUID
    ) { guest in
      _ = try guest.setStage()
      let first = try guest.send(ResourceAssignUUID(resourceID: 1)).body
      try expect(first.count, 16, "the length of the UUID")
      try expect(guest.send(ResourceAssignUUID(resourceID: 1)).body, first, "the UUID asked for again")
      let other = try guest.send(ResourceAssignUUID(resourceID: 2)).body
      try expect(other != first, "another UUID for another resource", seen: "the same")
    },
  ]
}

internal import Display
internal import GuestDriver
internal import ScanoutTesting
internal import VirtioGPU

/// What one guest may use, and gets back.
extension GuestCase {
  static let quotaCases: [GuestCase] = [
    GuestCase(
      "bytes of resources are counted over all kinds, and given back", .resourceCreate2D,
      on: .rendering.limited { $0.resourceBytes = 3 * 16384 + 256 }
    ) { guest in
      let bytes: UInt64 = 3 * 16384 + 256
      for _ in 0..<3 {
        try guest.send(ContextCreate(), context: 1)
        try guest.send(ResourceCreate2D(resourceID: 1, format: 1, width: 64, height: 64))
        try guest.send(ResourceCreate3D(resourceID: 2, format: 1, bind: 2, width: 64, height: 64))
        try guest.makeBlob(3, .guest, size: 16384)
        try expect(
          guest.code(ResourceCreate2D(resourceID: 4, format: 1, width: 65, height: 1)), .outOfMemory, "a 2D resource")
        try expect(
          guest.code(ResourceCreate3D(resourceID: 4, format: 1, bind: 2, width: 65, height: 1)), .outOfMemory,
          "a texture")
        try expect(
          guest.code(ResourceCreateBlob(resourceID: 4, memory: .guest, size: 4096)), .outOfMemory, "a blob")
        try expect(
          guest.code(ResourceCreateBlob(resourceID: 4, memory: .host3D, size: 4096), context: 1), .outOfMemory,
          "a blob of the host")
        try expect(
          guest.code(SetScanout(rectangle: Rectangle(x: 0, y: 0, width: 1, height: 1), scanout: 0, resourceID: 2)),
          .outOfMemory, "what a shown texture is read back into")
        try guest.send(ResourceCreate2D(resourceID: 4, format: 1, width: 64, height: 1))
        try expect(guest.usage().resourceBytes, bytes, "the bytes that are counted")
        for id in UInt32(1)...4 { try guest.send(ResourceUnref(resourceID: id)) }
        try guest.send(ContextDestroy(), context: 1)
        try expect(guest.usage(), Usage(), "what the device holds")
      }
    },
    GuestCase(
      "ten thousand resources, and not one more", .resourceCreate2D, on: .flat.limited { $0.resources = 10_000 }
    ) { guest in
      try guest.flood(
        (1...10_000).map { ResourceCreate2D(resourceID: $0, format: 1, width: 1, height: 1).request() })
      try expect(guest.usage().resources, 10_000, "the number of resources")
      try expect(
        guest.code(ResourceCreate2D(resourceID: 20_000, format: 1, width: 1, height: 1)), .outOfMemory, "one more")
      try expect(guest.code(ResourceCreateBlob(resourceID: 20_000, memory: .guest, size: 4096)), .outOfMemory, "a blob")
      try guest.send(ResourceUnref(resourceID: 5000))
      try guest.send(ResourceCreate2D(resourceID: 20_000, format: 1, width: 1, height: 1))
      try guest.flood((1...10).map { ResourceUnref(resourceID: $0).request() })
      try expect(guest.usage().resources, 9990, "the number of resources")
    },
    GuestCase(
      "ten thousand contexts, and not one more", .contextCreate, on: .rendering.limited { $0.contexts = 10_000 }
    ) { guest in
      try guest.flood((1...10_000).map { ContextCreate().request(context: $0) })
      try expect(guest.usage().contexts, 10_000, "the number of contexts")
      try expect(guest.code(ContextCreate(), context: 20_000), .outOfMemory, "one more")
      try guest.send(ContextDestroy(), context: 5000)
      try guest.send(ContextCreate(), context: 20_000)
    },
    GuestCase("as many contexts as the default grants", .contextCreate, on: .rendering) { guest in
      try guest.flood((1...256).map { ContextCreate().request(context: $0) })
      try expect(guest.code(ContextCreate(), context: 257), .outOfMemory, "one more")
      try guest.flood((1...256).map { ContextDestroy().request(context: $0) })
      try expect(guest.usage(), Usage(), "what the device holds")
    },
    GuestCase(
      "memory entries of backings are counted over all resources, and given back", .resourceAttachBacking,
      on: .flat.limited { $0.memoryEntries = 7 }
    ) { guest in
      let start = try guest.ram.allocate(1 << 20)
      // Pages that do not lie side by side, so that each stays an entry.
      func attach(_ id: UInt32, _ count: UInt32) throws -> ResponseType? {
        let list = (0..<UInt64(count)).map { (start + 0x2000 * $0, UInt32(0x1000)) }
        return try guest.code(ResourceAttachBacking(resourceID: id, entryCount: count), payload: entries(list))
      }
      for id in UInt32(1)...3 { try guest.send(ResourceCreate2D(resourceID: id, format: 1, width: 8, height: 8)) }
      try expect(attach(1, 4), .okNoData, "four entries")
      try expect(attach(2, 4), .outOfMemory, "four more")
      try expect(attach(2, 3), .okNoData, "three more")
      try expect(attach(3, 1), .outOfMemory, "one more")
      try expect(
        guest.code(
          ResourceAttachBacking(resourceID: 3, entryCount: 8), payload: entries(.init(repeating: (0, 0), count: 8))),
        .outOfMemory, "entries without bytes")
      try expect(
        guest.code(
          ResourceCreateBlob(resourceID: 4, memory: .guest, entryCount: 1, size: 4096),
          payload: entries([(start, 4096)])),
        .outOfMemory, "a blob with a backing")
      try expect(guest.usage().resources, 3, "the number of resources")
      try guest.host.share(all: true)
      try guest.send(ResourceDetachBacking(resourceID: 1))
      try expect(attach(3, 4), .okNoData, "four entries of what was given back")
      try guest.send(ResourceUnref(resourceID: 2))
      try expect(attach(1, 3), .okNoData, "three entries of what was destroyed")
      try guest.send(ResourceUnref(resourceID: 3))
    },
    GuestCase(
      "a scanout has its limit, and so have all of them together", .setScanout,
      on: .with {
        $0.outputs = Array(repeating: Output(size: Size(width: 64, height: 48)), count: 3)
      }
    ) { guest in
      func show(_ height: UInt32, on scanout: UInt32) throws -> ResponseType? {
        let rectangle = Rectangle(x: 0, y: 0, width: 16384, height: height)
        return try guest.code(SetScanout(rectangle: rectangle, scanout: scanout, resourceID: 1))
      }
      // Nothing is drawn, so the host has none of these pages.
      try guest.send(ResourceCreate2D(resourceID: 1, format: 1, width: 16384, height: 16383))
      try expect(show(8193, on: 0), .outOfMemory, "more than a scanout may have")
      try expect(show(8192, on: 0), .okNoData, "as much as it may have")
      try expect(show(8192, on: 1), .okNoData, "the same on another")
      try expect(show(1, on: 2), .outOfMemory, "more than all may have")
      try expect(show(8191, on: 1), .okNoData, "less on the one that shows already")
      try expect(show(1, on: 2), .okNoData, "what is left")
      try guest.driver.disable(0)
      try guest.driver.disable(1)
      try expect(show(8192, on: 2), .okNoData, "what was given back")
      try guest.driver.disable(2)
      try guest.send(ResourceUnref(resourceID: 1))
    },
    GuestCase(
      "sixteen scanouts show one blob, and one more pixel than all may is refused", .setScanoutBlob,
      on: .with {
        $0.outputs = Array(repeating: Output(size: Size(width: 32, height: 32)), count: 16)
        $0.quota.shownArea = 16 * 1024
        $0.quota.scanoutArea = 1024 + 32
      }
    ) { guest in
      try guest.makeBlob(7, .guest, size: 8192)
      try guest.attachPages(to: 7, count: 8192)
      func show(_ height: UInt32, on scanout: UInt32) throws -> ResponseType? {
        let size = Size(width: 32, height: height)
        return try guest.code(
          SetScanoutBlob(
            rectangle: Rectangle(size), scanout: scanout, resourceID: 7, size: size, format: 1, stride: 128))
      }
      for scanout in UInt32(0)..<16 { try expect(show(32, on: scanout), .okNoData, "scanout \(scanout)") }
      try expect(show(33, on: 15), .outOfMemory, "a row more")
      try expect(show(34, on: 0), .outOfMemory, "two rows more than a scanout may have")
      try guest.send(ResourceUnref(resourceID: 7))
      try expect(guest.recorder.lights, 0, "the number of lit scanouts")
    },
  ]
}

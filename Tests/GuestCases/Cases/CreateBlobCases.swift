internal import Display
internal import GuestDriver
internal import ScanoutTesting
internal import VirtioGPU
internal import Virtqueue

/// RESOURCE_CREATE_BLOB.
extension GuestCase {
  private static func blob(
    _ id: UInt32, _ memory: BlobMemory = .guest, flags: UInt32 = 0, entries: UInt32 = 0, blobID: UInt64 = 0,
    size: UInt64 = 4096
  ) -> ResourceCreateBlob {
    ResourceCreateBlob(
      resourceID: id, memory: memory, flags: BlobFlags(rawValue: flags), entryCount: entries, blobID: blobID, size: size
    )
  }

  private static func blob(memory: UInt32) -> ResourceCreateBlob {
    var command = blob(9)
    command.memory = memory
    return command
  }

  private static let page = entries([(GuestRAM.guestBase, 4096)])

  static let createBlobCases: [GuestCase] =
    PixelFormat.allCases.map { format in
      GuestCase("a blob of the guest in \(format) is shown as the guest drew it", .resourceCreateBlob) { guest in
        let frame = try Framebuffer(guest.driver, size: Size(width: 64, height: 48), format: format, kind: .blob)
        try frame.show(on: 0)
        frame.surface.fill(Rectangle(x: 3, y: 4, width: 1, height: 1), with: Color(red: 1, green: 2, blue: 3))
        try frame.flush()
        try expect(guest.recorder.pixel(3, 4), [3, 2, 1], "the pixel")
        try expect(guest.recorder.pixel(4, 4), [0, 0, 0], "the pixel beside it")
      }
    } + [
      GuestCase("a blob may get its backing later, as large as it claims", .resourceCreateBlob) { guest in
        try guest.send(blob(7))
        let show = SetScanoutBlob(
          rectangle: Rectangle(x: 0, y: 0, width: 4, height: 4), scanout: 0, resourceID: 7,
          size: Size(width: 4, height: 4), format: 1, stride: 16)
        try expect(guest.code(show), .unspecified, "showing it without a backing")
        let memory = try guest.ram.allocate(4096)
        try expect(
          guest.code(ResourceAttachBacking(resourceID: 7, entryCount: 1), payload: entries([(memory, 4095)])),
          .invalidParameter, "a byte too few")
        try guest.send(ResourceAttachBacking(resourceID: 7, entryCount: 1), payload: entries([(memory, 4096)]))
        try guest.send(show)
      },
      GuestCase("a blob of the guest has all flags, whatever its object", .resourceCreateBlob) { guest in
        try guest.send(blob(7, flags: 7, blobID: .max))
      },
      .mistake("a blob of memory 4", blob(memory: 4), .invalidParameter),
      .mistake("a blob of memory 2^32-1", blob(memory: .max), .invalidParameter),
      .mistake("a blob with flag 8", blob(9, flags: 8), .invalidParameter),
      .mistake("a blob with every flag", blob(9, flags: .max), .invalidParameter),
      .mistake("a blob of one byte, where sizes are whole pages", blob(9, size: 1), .invalidParameter),
      .mistake("a blob of 4097 bytes", blob(9, size: 4097), .invalidParameter),
      .mistake("a blob of 2^63 bytes", blob(9, size: 1 << 63), .outOfMemory),
      .mistake("a blob of 2^64-4096 bytes", blob(9, size: .max - 4095), .outOfMemory),
      .mistake("a blob of 2^64-1 bytes", blob(9, size: .max), .invalidParameter),
      .mistake("a blob of the host without a renderer", blob(9, .host3D), in: 1, .invalidParameter),
      .mistake("a blob of both without a renderer", blob(9, .host3DGuest), in: 1, .invalidParameter),
      .mistake(
        "a blob of the host where a renderer is there and contexts were not negotiated",
        blob(9, .host3D, blobID: 3), in: 1, .invalidParameter, on: .rendering.asking([.resourceBlob])),
      .mistake(
        "a blob of both where a renderer is there and contexts were not negotiated",
        blob(9, .host3DGuest, blobID: 3), in: 1, .invalidParameter, on: .rendering.asking([.resourceBlob])),
      .mistake(
        "a blob that was not negotiated", blob(9), .unspecified, on: .flat.asking([.edid, .resourceUUID])),
      GuestCase(
        "without blob alignment a blob has any size", .resourceCreateBlob, on: .flat.asking([.resourceBlob])
      ) { guest in
        try guest.send(blob(7, size: 1))
        try guest.send(blob(8, size: 4097))
        try expect(guest.code(blob(9, size: 0)), .invalidParameter, "one without bytes")
        try expect(guest.code(blob(9, size: 1 << 63)), .outOfMemory, "one of 2^63 bytes")
        try expect(guest.code(blob(9, size: .max)), .outOfMemory, "one of 2^64-1 bytes")
      },

      GuestCase("a blob of the host is an object of its context", .resourceCreateBlob, on: .rendering) { guest in
        try guest.setContext()
        try guest.send(blob(7, .host3D, flags: 1, blobID: 3), context: 1)
        try expect(guest.usage().resources, 3, "the number of resources")
        try guest.send(blob(8, .host3D, flags: 1, blobID: 3), context: 1)
        try guest.send(ContextDestroy(), context: 1)
        try guest.send(ResourceUnref(resourceID: 7))
        try guest.send(ResourceUnref(resourceID: 8))
      },
      GuestCase("a blob of the host and the guest is copied both ways, and shown", .resourceCreateBlob, on: .rendering)
      {
        guest in
        try guest.setContext()
        let memory = try guest.ram.allocate(4096)
        try guest.send(
          blob(8, .host3DGuest, entries: 1, blobID: 3), payload: entries([(memory, 4096)]), context: 1)
        try guest.send(ContextAttachResource(resourceID: 8), context: 1)
        try guest.ram.memory.write([1, 2, 3, 4], at: memory + 100)
        let fields = Transfer3D(box: Box(x: 100, width: 4), offset: 100, resourceID: 8)
        try guest.send(TransferToHost3D(fields), context: 1)
        try guest.ram.memory.write([0, 0, 0, 0], at: memory + 100)
        try guest.send(TransferFromHost3D(fields), context: 1)
        try expect(guest.ram.memory.read(at: memory + 100, count: 4), [1, 2, 3, 4], "the bytes that came back")
        let all = Rectangle(x: 0, y: 0, width: 4, height: 4)
        try guest.send(
          SetScanoutBlob(
            rectangle: all, scanout: 0, resourceID: 8, size: all.size, format: 1, stride: 16, offset: 100))
        try guest.send(ResourceFlush(rectangle: all, resourceID: 8))
        try expect(guest.recorder.pixel(0, 0), [1, 2, 3], "the pixel")
      },
      .mistake("a blob of the host without a context", blob(9, .host3D), .invalidContextID, on: .rendering),
      .mistake("a blob of the host of an unknown context", blob(9, .host3D), in: 7, .invalidContextID, on: .rendering),
      .mistake(
        "a blob of the host with a backing", blob(9, .host3D, entries: 1), payload: page, in: 1,
        .invalidParameter, on: .rendering),
      .mistake(
        "a blob of an object that the context has not", blob(9, .host3D, blobID: 1000), in: 1, .invalidParameter,
        on: .rendering),
      .mistake(
        "a blob of the host with the id of a texture", blob(5, .host3D), in: 1, .invalidResourceID, on: .rendering),
      .mistake(
        "a blob of both larger than its entries", blob(9, .host3DGuest, entries: 1, size: 8192), payload: page, in: 1,
        .invalidParameter, on: .rendering),
      GuestCase("a blob of the host takes no backing", .resourceAttachBacking, on: .rendering) { guest in
        try guest.setContext()
        try guest.makeBlob(8, .host3D)
        try expect(
          guest.code(ResourceAttachBacking(resourceID: 8, entryCount: 1), payload: page), .invalidParameter,
          "the response")
      },
    ]
}

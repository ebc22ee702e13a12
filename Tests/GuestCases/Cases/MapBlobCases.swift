internal import GuestDriver
internal import LinuxIO
internal import VirtioGPU

/// RESOURCE_MAP_BLOB and RESOURCE_UNMAP_BLOB.
extension GuestCase {
  /// Blobs 7 and 8 of the host have two pages each, in a region of 256.
  private static func mapping(
    _ name: String, _ type: CommandType = .resourceMapBlob, on setup: CaseSetup = .region,
    _ body: @escaping @Sendable (CaseGuest) throws -> Void
  ) -> GuestCase {
    GuestCase(name, type, on: setup) { guest in
      try guest.setContext()
      for id in [UInt32(7), 8] { try guest.makeBlob(id, .host3D, size: 8192) }
      try body(guest)
    }
  }

  private static func map(_ id: UInt32 = 7, at offset: UInt64 = 0) -> ResourceMapBlob {
    ResourceMapBlob(resourceID: id, offset: offset)
  }

  /// A mistake after blob 8 was mapped at 65536.
  private static func wrong(_ name: String, _ command: ResourceMapBlob, _ code: ResponseType) -> GuestCase {
    mapping("RESOURCE_MAP_BLOB \(name) is refused") { guest in
      try guest.send(map(8, at: 65536))
      try guest.makeBlob(20, .guest)
      try guest.makeBlob(21, .host3D, flags: .shareable)
      let before = try guest.usage()
      try expect(guest.code(command), code, "the response")
      try expect(guest.usage(), before, "what the device holds")
      try expect(guest.region { Array($0.places.keys) }, [65536], "what the guest sees")
    }
  }

  static let mapBlobCases: [GuestCase] = [
    mapping("RESOURCE_MAP_BLOB shows a blob where it is told to, and says how to cache it") { guest in
      let reply = try guest.send(map(7, at: 8192))
      try expect(reply.code, .okMapInfo, "the response")
      try expect(reply.bytes.count, 32, "the length")
      try expect([reply.number(24), reply.number(28)], [1, 0], "cached, and padding")
      try expect(guest.region { $0.places[8192]?.count }, 8192, "how much the guest sees")
      try expect(guest.usage().mappedBlobs, 1, "the number of mapped blobs")
    },
    mapping("RESOURCE_MAP_BLOB fills the region to its last page") { guest in
      try guest.send(map(7, at: 0))
      try guest.send(map(8, at: (1 << 20) - 8192))
    },
    mapping("blobs may be mapped and unmapped for ever", .resourceUnmapBlob) { guest in
      for round in UInt64(0)..<50 {
        try guest.send(map(7, at: round * 4096))
        try guest.send(ResourceUnmapBlob(resourceID: 7))
      }
      try expect(guest.usage().mappedBlobs, 0, "the number of mapped blobs")
    },
    mapping("RESOURCE_UNREF takes a blob out of the region", .resourceUnref) { guest in
      try guest.send(map())
      try guest.send(ResourceUnref(resourceID: 7))
      try expect(guest.region { $0.places.isEmpty }, "the guest sees nothing")
      try guest.send(map(8))
    },
    mapping("CTX_DESTROY leaves the blobs that a context made", .contextDestroy) { guest in
      try guest.send(map())
      try guest.send(ContextDestroy(), context: 1)
      try expect(guest.region { $0.places.count }, 1, "the number of blobs that the guest sees")
      try guest.send(map(8, at: 8192))
      try guest.send(ResourceUnmapBlob(resourceID: 7))
    },
    mapping("a reset empties the region") { guest in
      try guest.send(map())
      try guest.reset()
      try expect(guest.region { $0.places.isEmpty }, "the guest sees nothing")
    },
    mapping("the refusal of a front end is the response") { guest in
      try guest.region { $0.refuses = true }
      try expect(guest.code(map()), .unspecified, "the response")
      try expect(guest.usage().mappedBlobs, 0, "the number of mapped blobs")
      try guest.region { $0.refuses = false }
      try guest.send(map())
      try guest.region { $0.refuses = true }
      try expect(guest.code(ResourceUnmapBlob(resourceID: 7)), .unspecified, "the response to unmapping")
      try expect(guest.usage().mappedBlobs, 1, "the number of mapped blobs after that")
      try guest.region { $0.refuses = false }
      try expect(guest.code(map()), .invalidParameter, "mapping what is still mapped")
      try expect(guest.code(map(8)), .invalidParameter, "mapping another blob in its place")
      try guest.send(ResourceUnmapBlob(resourceID: 7))
      try guest.send(map(8))
    },
    mapping("a blob that is being unmapped is in its place until the front end spoke", .resourceUnmapBlob) { guest in
      try guest.send(map())
      try guest.region { $0.isSlow = true }
      try guest.submit(ResourceUnmapBlob(resourceID: 7).request(fenceID: 1, context: 1, ring: 0))
      try expect(guest.repliesSoFar().count, 0, "the number of responses")
      try expect(guest.usage().mappedBlobs, 1, "the number of mapped blobs")
      try expect(guest.code(ResourceUnmapBlob(resourceID: 7)), .invalidParameter, "unmapping it again")
      try expect(guest.code(map(8)), .invalidParameter, "mapping another blob in its place")
      try guest.region { $0.respond() }
      try expect(guest.replies(1)[0].code, .okNoData, "the response to unmapping")
      try expect(guest.usage().mappedBlobs, 0, "the number of mapped blobs after that")
      try guest.region { $0.isSlow = false }
      try guest.send(map(8))
    },
    mapping("a blob may be destroyed while it is being unmapped", .resourceUnref) { guest in
      try guest.send(map())
      try guest.region { $0.isSlow = true }
      try guest.submit(ResourceUnmapBlob(resourceID: 7).request(fenceID: 1))
      try guest.submit(ResourceUnref(resourceID: 7).request())
      try expect(guest.replies(1)[0].header.fenceID, 0, "the fence of what is responded to first")
      try expect(guest.usage().mappedBlobs, 0, "the number of mapped blobs")
      try guest.region { $0.respond() }
      try expect(guest.replies(1)[0].code, .okNoData, "the response to unmapping")
    },
    mapping("a front end that takes its time delays the response, and no other") { guest in
      try guest.region { $0.isSlow = true }
      try guest.submit(map().request(fenceID: 1))
      try guest.submit(GetDisplayInfo().request())
      try expect(guest.replies(1)[0].code, .okDisplayInfo, "what is responded to first")
      try expect(guest.repliesSoFar().count, 0, "the number of further responses")
      try guest.region { $0.respond() }
      try expect(guest.replies(1)[0].code, .okMapInfo, "what is responded to then")
    },
    mapping("a blob that is destroyed before the front end responded is responded to, and gone") { guest in
      try guest.region { $0.isSlow = true }
      try guest.submit(map().request())
      try guest.submit(ResourceUnref(resourceID: 7).request())
      try expect(guest.replies(1)[0].code, .okNoData, "the response to the second")
      try guest.region { $0.respond() }
      try expect(guest.replies(1)[0].code != nil, "the first is responded to as well")
      try expect(guest.usage().mappedBlobs, 0, "the number of mapped blobs")
    },
    mapping("replies of the front end after a reset are ignored") { guest in
      try guest.region { $0.isSlow = true }
      try guest.submit(map().request(fenceID: 1))
      try expect(guest.repliesSoFar().count, 0, "the number of responses")
      try guest.reset()
      try guest.region { $0.respond() }
      try guest.provesAbandoned()
      try expect(guest.repliesSoFar().count, 0, "the number of responses afterwards")
      try expect(guest.usage(), Usage(), "what the device holds")
    },
    mapping(
      "a mapping that is not there when the queues stop has failed, and what waits behind it is responded to",
      on: .with {
        $0.rendering = .immediate
        $0.regionCount = 1 << 20
        $0.needsSocket = true
      }
    ) { guest in
      try guest.region { $0.isSlow = true }
      try guest.submit(map().request(fenceID: 1))
      try guest.submit(GetDisplayInfo().request(fenceID: 2))
      try expect(guest.repliesSoFar().count, 0, "the number of responses before")
      try expect(guest.host.pause(), "queues can be stopped")
      let replies = try guest.repliesSoFar()
      try expect(replies.map(\.header.fenceID), [1, 2], "what is responded to")
      try expect(
        replies.map(\.header.type), [ResponseType.unspecified, .okDisplayInfo].map(\.rawValue), "the responses")
      try guest.reset()
    },
    wrong("of an unknown resource", map(77), .invalidResourceID),
    wrong("of resource 0", map(0), .invalidResourceID),
    wrong("of a texture", map(5), .invalidParameter),
    wrong("of a blob of the guest", map(20), .invalidParameter),
    wrong("of a blob that is not to be mapped", map(21), .invalidParameter),
    wrong("of a blob that is mapped", map(8), .invalidParameter),
    wrong("at an offset inside a page", map(at: 1), .invalidParameter),
    wrong("at an offset inside the last page", map(at: (1 << 20) - 4095), .invalidParameter),
    wrong("that ends a page beyond the region", map(at: (1 << 20) - 4096), .invalidParameter),
    wrong("at the end of the region", map(at: 1 << 20), .invalidParameter),
    wrong("at 2^63", map(at: 1 << 63), .invalidParameter),
    wrong("at 2^64-4096, which wraps", map(at: .max - 4095), .invalidParameter),
    wrong("over the first page of another", map(at: 65536 - 4096), .invalidParameter),
    wrong("over the last page of another", map(at: 65536 + 4096), .invalidParameter),
    wrong("in the place of another", map(at: 65536), .invalidParameter),
    mapping(
      "more blobs mapped than descriptors may be held is out of memory", on: .region.limited { $0.mappedBlobs = 1 }
    ) { guest in
      try guest.send(map(7))
      try expect(guest.code(map(8, at: 8192)), .outOfMemory, "the response")
      try guest.send(ResourceUnmapBlob(resourceID: 7))
      try guest.send(map(8, at: 8192))
    },
    mapping("RESOURCE_UNMAP_BLOB of what is not mapped is refused", .resourceUnmapBlob) { guest in
      try expect(guest.code(ResourceUnmapBlob(resourceID: 7)), .invalidParameter, "one that never was")
      try guest.send(map())
      try guest.send(ResourceUnmapBlob(resourceID: 7))
      try expect(guest.code(ResourceUnmapBlob(resourceID: 7)), .invalidParameter, "one that was")
      try expect(guest.code(ResourceUnmapBlob(resourceID: 5)), .invalidParameter, "a texture")
      try expect(guest.code(ResourceUnmapBlob(resourceID: 77)), .invalidResourceID, "an unknown resource")
      try expect(guest.code(ResourceUnmapBlob(resourceID: 0)), .invalidResourceID, "resource 0")
    },
    mapping("without a region RESOURCE_MAP_BLOB is refused", on: .rendering) { guest in
      try expect(guest.code(map()), .unspecified, "the response")
      try expect(guest.code(ResourceUnmapBlob(resourceID: 7)), .invalidParameter, "the response to unmapping")
    },
    .mistake("RESOURCE_MAP_BLOB that was not negotiated", map(1), .unspecified, on: .flat.asking([.edid])),
    .mistake(
      "RESOURCE_UNMAP_BLOB that was not negotiated", ResourceUnmapBlob(resourceID: 1), .unspecified,
      on: .flat.asking([.edid])),
  ]
}

internal import Display
internal import GuestDriver
internal import VirtioGPU
internal import Wire

/// Fences: when responses come, and in which order.
extension GuestCase {
  /// Context 1 uses texture 5; the renderer reaches fences when it is told to.
  private static func fenced(
    _ name: String, on setup: CaseSetup = .held, _ body: @escaping @Sendable (CaseGuest) throws -> Void
  ) -> GuestCase {
    GuestCase(name, nil, on: setup) { guest in
      try guest.setContext()
      try body(guest)
    }
  }

  static let fenceCases: [GuestCase] =
    ([0, 1, 1 << 32, 1 << 40 | 7, .max] as [UInt64]).map { fence in
      fenced("fence \(fence) is responded to when it is reached, and not before") { guest in
        try guest.draw(fence: fence)
        try expect(guest.repliesSoFar().count, 0, "the number of responses before")
        try guest.reach()
        let reply = try guest.replies(1)[0]
        try expect(reply.header.flags, ControlHeader.fenceFlag, "the flags")
        try expect(reply.header.fenceID, fence, "the fence")
      }
    }
    + ([0, 1, 1 << 32, .max] as [UInt64]).map { fence in
      fenced("a command that fails with fence \(fence) is responded to with it") { guest in
        let reply = try guest.send(request: ResourceUnref(resourceID: 77).request(fenceID: fence))
        try expect(reply.code, .invalidResourceID, "the code")
        try expect(reply.header.flags, ControlHeader.fenceFlag, "the flags")
        try expect(reply.header.fenceID, fence, "the fence")
      }
    }
    + ([64, 255] as [UInt8]).map { ring in
      fenced("ring \(ring) is a mistake, which is responded to") { guest in
        try guest.draw(fence: 1, ring: ring)
        let reply = try guest.replies(1)[0]
        try expect(reply.code, .invalidParameter, "the code")
        try expect(reply.header.fenceID, 1, "the fence")
      }
    }
    + ([0, 1, 3, 63] as [UInt8]).map { ring in
      fenced("a fence of ring \(ring) comes back with its ring and context") { guest in
        try guest.draw(fence: 5, ring: ring)
        try guest.reach()
        let header = try guest.replies(1)[0].header
        try expect(
          header, ControlHeader(type: 0x1100, flags: 3, fenceID: 5, contextID: 1, ringIndex: ring), "the header")
      }
    } + [
      fenced("a command that fails waits for its turn, and later ones are responded to") { guest in
        try guest.draw(fence: 1)
        try guest.submit(ResourceUnref(resourceID: 77).request(fenceID: 2))
        try guest.draw(fence: 3)
        try expect(guest.repliesSoFar().count, 0, "the number of responses before")
        try guest.reach()
        let replies = try guest.replies(3)
        try expect(replies.map(\.header.fenceID), [1, 2, 3], "the order")
        try expect(replies[1].code, .invalidResourceID, "the code of the one that fails")
      },
      fenced("the same fence twice, and fences that fall, are responded to in the order in which they came") { guest in
        let fences: [UInt64] = [9, 9, 0, .max, 3]
        for fence in fences { try guest.draw(fence: fence, ring: 0) }
        try guest.reach()
        try expect(guest.replies(5).map(\.header.fenceID), fences, "the order")
      },
      fenced("rings are responded to out of order, each in its own") { guest in
        try guest.draw(fence: 1, ring: 0)
        try guest.draw(fence: 2, ring: 1)
        try guest.draw(fence: 3, ring: 1)
        _ = try guest.repliesSoFar()
        try guest.reach { $0.timeline == .ring(context: 1, index: 1) }
        try expect(guest.replies(2).map(\.header.fenceID), [2, 3], "the fences of ring 1")
        try expect(guest.repliesSoFar().count, 0, "the number of further responses")
        try guest.reach()
        try expect(guest.replies(1).map(\.header.fenceID), [1], "the fences of ring 0")
      },
      fenced("what needs no renderer waits for its turn on its timeline, and on no other") { guest in
        try guest.draw(fence: 1)
        try guest.submit(GetDisplayInfo().request(fenceID: 2))
        try guest.submit(GetDisplayInfo().request(fenceID: 3, context: 1, ring: 2))
        try guest.submit(GetDisplayInfo().request())
        try expect(guest.replies(2).map(\.header.fenceID), [3, 0], "what is responded to at once")
        try expect(guest.repliesSoFar().count, 0, "the number of further responses")
        try guest.reach()
        try expect(guest.replies(2).map(\.header.fenceID), [1, 2], "what is responded to then")
      },
      fenced("a ring without CONTEXT_INIT is the global timeline", on: .held.asking([.virgl])) { guest in
        try guest.draw(fence: 1, ring: 200)
        try guest.submit(GetDisplayInfo().request(fenceID: 2, context: 1, ring: 3))
        try expect(guest.repliesSoFar().count, 0, "the number of responses before")
        try guest.reach()
        let headers = try guest.replies(2).map(\.header)
        try expect(headers.map(\.fenceID), [1, 2], "the order")
        try expect(headers.map(\.flags), [1, 1], "the flags")
        try expect(headers.map(\.ringIndex), [0, 0], "the rings")
      },
      fenced("a ring of an unknown context is responded to") { guest in
        let reply = try guest.send(request: GetDisplayInfo().request(fenceID: 1, context: 77, ring: 0))
        try expect(reply.code, .okDisplayInfo, "the code")
        let draw = try guest.send(request: Submit3D(size: 0).request(fenceID: 2, context: 77, ring: 0))
        try expect(draw.code, .invalidContextID, "the code of what draws")
      },
      fenced("unknown flags come back in no response") { guest in
        var writer = ByteWriter()
        ControlHeader(type: 0x0100, flags: .max, fenceID: 5, contextID: 7, ringIndex: 3).write(to: &writer)
        let reply = try guest.send(request: writer.bytes)
        try expect(
          reply.header, ControlHeader(type: 0x1101, flags: 3, fenceID: 5, contextID: 7, ringIndex: 3), "the header")
      },
      GuestCase("without contexts a fence has no ring, and comes back with id and context", nil) { guest in
        var writer = ByteWriter()
        ControlHeader(type: 0x0100, flags: .max, fenceID: 0xdead_beef_0123, contextID: 7, ringIndex: 3)
          .write(to: &writer)
        try expect(
          guest.send(request: writer.bytes).header,
          ControlHeader(type: 0x1101, flags: 1, fenceID: 0xdead_beef_0123, contextID: 7), "the header")
      },
      fenced("without a fence nothing of the header comes back") { guest in
        var writer = ByteWriter()
        ControlHeader(type: 0x0100, flags: .max - 1, fenceID: 5, contextID: 7, ringIndex: 3).write(to: &writer)
        try expect(guest.send(request: writer.bytes).header, ControlHeader(type: 0x1101), "the header")
      },
      fenced("CTX_DESTROY ends the fences of its context, and of no other") { guest in
        try guest.send(ContextCreate(), context: 2)
        try guest.draw(fence: 1, ring: 0)
        try guest.draw(fence: 2, ring: 0, context: 2)
        try guest.submit(ContextDestroy().request(fenceID: 3, context: 1))
        try expect(Set(guest.replies(2).map(\.header.fenceID)), [1, 3], "what is responded to")
        try expect(guest.repliesSoFar().count, 0, "the number of further responses")
        try guest.reach()
        try expect(guest.replies(1).map(\.header.fenceID), [2], "what is responded to then")
      },
      fenced("a reset responds to nothing, and writes nothing later") { guest in
        for fence in UInt64(1)...4 { try guest.draw(fence: fence, ring: fence % 2 == 0 ? 0 : nil) }
        try guest.submit(GetDisplayInfo().request(fenceID: 5))
        try expect(guest.repliesSoFar().count, 0, "the number of responses before")
        try guest.reset()
        try expect(guest.usage(), Usage(), "what the device holds")
        try guest.provesAbandoned()
        try expect(guest.repliesSoFar().count, 0, "the number of responses afterwards")
      },
      fenced(
        "queues that stop respond to pending commands, and to nothing later",
        on: .with {
          $0.rendering = .held
          $0.needsSocket = true
        }
      ) { guest in
        for fence in UInt64(1)...4 { try guest.draw(fence: fence, ring: fence % 2 == 0 ? 0 : nil) }
        try expect(guest.repliesSoFar().count, 0, "the number of responses before")
        try expect(guest.host.pause(), "queues can be stopped")
        try expect(Set(guest.repliesSoFar().map(\.header.fenceID)), [1, 2, 3, 4], "what is responded to")
        try expect(guest.usage().pendingCommands, 0, "the number of requests in flight")
        try guest.reach()
        try expect(guest.repliesSoFar().count, 0, "the number of responses afterwards")
        try guest.host.resume(guest.driver)
      },
      fenced(
        "a fence that is never reached counts as reached after a while",
        on: .held.limited { $0.fencePatience = 20_000_000 }
      ) { guest in
        try guest.draw(fence: 1)
        _ = try guest.repliesSoFar()
        try guest.host.pass(25_000_000)
        try expect(guest.replies(1).map(\.header.fenceID), [1], "what is responded to")
        try expect(guest.usage().pendingFences, 0, "the number of fences that are waited for")
      },
      fenced(
        "as many requests as may be in flight are, and one more is not", on: .held.limited { $0.pendingCommands = 8 }
      ) {
        guest in
        for fence in UInt64(1)...8 { try guest.draw(fence: fence) }
        try guest.submit(GetDisplayInfo().request())
        try expect(guest.replies(1)[0].code, .outOfMemory, "the response to one more")
        try guest.reach()
        try expect(guest.replies(8).map(\.header.fenceID), Array(1...8), "what is responded to then")
        try expect(guest.send(request: GetDisplayInfo().request()).code, .okDisplayInfo, "the response to the next")
      },
    ]
}

extension CaseGuest {
  /// Gives a context nothing to do, and asks for a fence.
  fileprivate func draw(fence: UInt64, ring: UInt8? = nil, context: UInt32 = 1) throws {
    try submit(Submit3D(size: 0).request(fenceID: fence, context: context, ring: ring))
  }
}

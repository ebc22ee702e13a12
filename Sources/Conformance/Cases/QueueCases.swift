internal import Display
internal import GuestDriver
internal import Virtio
internal import VirtioGPU
internal import Virtqueue

/// Virtqueues: how requests are cut, and when either side is notified.
extension ConformanceCase {
  static let queueCases: [ConformanceCase] =
    [1, 2, 7, 23, 25].map { run in
      ConformanceCase(
        .queues, "request-in-pieces-of-\(run)", "A request cut into descriptors of \(run) bytes is the same request",
        source: RuleSource.queues
      ) { guest in
        guard guest.link.features & FeatureBits.indirectDescriptors != 0 else {
          throw CaseStop.skipped("the back end does not offer INDIRECT_DESC")
        }
        let response = try guest.send(GetDisplayInfo().request(fenceID: 5), run: run, room: [51, 51, 51, 51, 51, 153])
        try expect(response.count, 408, "the length of the response")
        try expect(number(response, 0), 0x1101, "its type")
      }
    } + [
      ConformanceCase(
        .queues, "direct-descriptors", "A request in a chain of direct descriptors is taken", source: RuleSource.queues
      ) { guest in
        let page = try guest.ram.allocate(4096)
        try guest.ram.memory.write(GetDisplayInfo().request(), at: page)
        let readable = [(0, 10), (10, 10), (20, 4)].map { start, count in
          DriverQueue.Buffer(address: page + UInt64(start), length: UInt32(count))
        }
        let writable = [(0, 100), (100, 308)].map { start, count in
          DriverQueue.Buffer(address: page + 1024 + UInt64(start), length: UInt32(count))
        }
        guard guest.driver.control.submit(readable: readable, writable: writable) != nil else {
          throw DriverError.queueFull
        }
        try expect(guest.driver.finish(guest.driver.control, 0).written, 408, "the length of the response")
      },
      ConformanceCase(
        .queues, "short-room", "A response is cut to the room for it, and writes no more", source: RuleSource.queues
      ) { guest in
        let page = try guest.ram.allocate(8192)
        try guest.ram.memory.write(GetDisplayInfo().request(), at: page)
        try guest.ram.memory.write([UInt8](repeating: 0xee, count: 2048), at: page + 4096)
        guard
          guest.driver.control.submit(
            readable: [.init(address: page, length: 24)], writable: [.init(address: page + 4096, length: 100)]) != nil
        else { throw DriverError.queueFull }
        let used = try guest.driver.finish(guest.driver.control, 0)
        try expect(used.written <= 100, "100 bytes at most", seen: "\(used.written)")
        let rest = try guest.ram.memory.read(at: page + 4196, count: 1900)
        try expect(rest.allSatisfy { $0 == 0xee }, "no byte after the room for the response", seen: "other bytes")
      },
      ConformanceCase(
        .queues, "written-length", "The used length is the length of the response, and nothing is written after it",
        source: RuleSource.queues
      ) { guest in
        let page = try guest.ram.allocate(8192)
        try guest.ram.memory.write(ResourceUnref(resourceID: 77).request(), at: page)
        try guest.ram.memory.write([UInt8](repeating: 0xee, count: 1024), at: page + 4096)
        guard
          guest.driver.control.submit(
            readable: [.init(address: page, length: 32)], writable: [.init(address: page + 4096, length: 1024)]) != nil
        else { throw DriverError.queueFull }
        try expect(guest.driver.finish(guest.driver.control, 0).written, 24, "the used length of an error")
        let rest = try guest.ram.memory.read(at: page + 4096 + 24, count: 1000)
        try expect(rest.allSatisfy { $0 == 0xee }, "no byte after the response", seen: "other bytes")
      },
      ConformanceCase(
        .queues, "wraps-around", "A queue of 64 entries takes 300 requests", source: RuleSource.queues
      ) { guest in
        for _ in 0..<300 { _ = try guest.driver.send(request: ResourceUnref(resourceID: 77).request()) }
      },
      ConformanceCase(
        .queues, "full", "A queue full of requests with one kick is done", source: RuleSource.queues
      ) { guest in
        try guest.flood(rounds: 3)
      },
      .connection(
        .queues, "without-event-index", "Without EVENT_IDX and INDIRECT_DESC a guest draws as well",
        source: RuleSource.queues
      ) { bench in
        let guest = try GuestBench(bench, wanted: FeatureBits.version1)
        try guest.flood(rounds: 2)
        let frame = try guest.setStage()
        frame.surface.drawBlocks(31)
        try frame.flush()
        try guest.expectShown(frame)
      },
      .connection(
        .queues, "no-interrupt-flag", "With VIRTQ_AVAIL_F_NO_INTERRUPT the call stays quiet, and responses come",
        source: RuleSource.queues
      ) { bench in
        let guest = try GuestBench(bench, wanted: FeatureBits.version1)
        // The flag lies at the start of the available ring.
        try guest.ram.memory.write([1, 0], at: guest.driver.control.layout.availableRing)
        let page = try guest.ram.allocate(4096)
        try guest.ram.memory.write(GetDisplayInfo().request(), at: page)
        guard
          guest.driver.control.submit(
            readable: [.init(address: page, length: 24)], writable: [.init(address: page + 1024, length: 408)]) != nil
        else { throw DriverError.queueFull }
        // A back end may call when it is given the descriptor.
        _ = try guest.link.hasCall(0, within: .milliseconds(20))
        guest.link.kick(0)
        // Whether the response has come can only be looked at: that no call comes is the rule.
        let end = ContinuousClock.now + bench.settleTime
        while !guest.driver.control.askForCall(), ContinuousClock.now < end {
          let hasCall = try guest.link.hasCall(0, within: .milliseconds(5))
          try expect(!hasCall, "no call", seen: "a call")
        }
        guard guest.driver.control.collect() != nil else { throw CaseStop.hung("a response without a call") }
      },
      ConformanceCase(
        .queues, "event-index-of-calls", "With EVENT_IDX the device calls at the index that the driver asked for",
        source: RuleSource.queues
      ) { guest in
        guard guest.link.features & FeatureBits.eventIndex != 0 else {
          throw CaseStop.skipped("the back end does not offer EVENT_IDX")
        }
        for _ in 0..<20 { _ = try guest.driver.send(request: ResourceUnref(resourceID: 77).request()) }
      },
      ConformanceCase(
        .queues, "bytes-after-a-request", "Bytes after a request mean nothing", source: RuleSource.robustness
      ) { guest in
        let response = try guest.send(request: GetDisplayInfo().request() + [UInt8](repeating: 0xff, count: 1000))
        try expect(response.type, 0x1101, "the type of the response")
      },
      ConformanceCase(
        .queues, "both", "Requests of the cursor queue are taken between those of the control queue",
        source: RuleSource.queues
      ) { guest in
        let frame = try guest.setStage()
        for step in UInt8(0)..<20 {
          frame.surface.drawBlocks(step)
          try guest.point(MoveCursor(CursorFields(scanout: 0, position: Point(x: 1, y: 1), resourceID: 0)))
          try frame.flush()
        }
        try guest.expectShown(frame)
      },
    ]
}

extension GuestBench {
  /// Sends a request through an indirect table, cut into buffers of `run` bytes, with room for the response in buffers of
  /// these lengths; returns the response.
  fileprivate func send(_ request: [UInt8], run: Int, room lengths: [UInt32]) throws -> [UInt8] {
    let base = try ram.allocate(8192)
    try ram.memory.write(request, at: base)
    let readable = stride(from: 0, to: request.count, by: run).map { start in
      DriverQueue.Buffer(address: base + UInt64(start), length: UInt32(min(run, request.count - start)))
    }
    var place = base + 4096
    let writable = lengths.map { length in
      defer { place += UInt64(length) }
      return DriverQueue.Buffer(address: place, length: length)
    }
    let table = try ram.allocate(4096)
    guard try driver.control.submitIndirect(readable: readable, writable: writable, table: table) != nil else {
      throw DriverError.queueFull
    }
    let used = try driver.finish(driver.control, 0)
    return try ram.memory.read(at: base + 4096, count: Int(min(used.written, 4096)))
  }

  /// Fills the control queue, and waits for all of it.
  fileprivate func flood(rounds: Int) throws {
    let page = try ram.allocate(4096)
    let request = ResourceUnref(resourceID: 77).request()
    try ram.memory.write(request, at: page)
    for _ in 0..<rounds {
      for index in 0..<32 {
        guard
          driver.control.submit(
            readable: [.init(address: page, length: UInt32(request.count))],
            writable: [.init(address: page + 1024 + UInt64(24 * index), length: 24)]) != nil
        else { throw DriverError.queueFull }
      }
      for _ in 0..<32 { _ = try driver.finish(driver.control, 0) }
    }
  }
}

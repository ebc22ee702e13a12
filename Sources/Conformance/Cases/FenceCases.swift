internal import Display
internal import GuestDriver
internal import VirtioGPU
internal import Wire
internal import Virtqueue

/// Fences, and the order of responses.
extension ConformanceCase {
  static let fenceCases: [ConformanceCase] =
    ([0, 1, 1 << 32, .max] as [UInt64]).map { fence in
      ConformanceCase(
        .fences, "\(fence == .max ? "2-to-the-64-minus-1" : fence == 1 << 32 ? "2-to-the-32" : "\(fence)")",
        "A command with fence \(fence) is responded to with the flag and the fence", source: RuleSource.header
      ) { guest in
        let header = try guest.send(request: GetDisplayInfo().request(fenceID: fence)).header
        try expect(header.flags & ControlHeader.fenceFlag, ControlHeader.fenceFlag, "the fence flag")
        try expect(header.fenceID, fence, "the fence")
      }
    } + [
      ConformanceCase(
        .fences, "of-an-error", "A command that fails is responded to with its fence",
        source: RuleSource.header
      ) { guest in
        let response = try guest.send(request: ResourceUnref(resourceID: 77).request(fenceID: 5))
        try expect(response.type >= 0x1200, "an error", seen: GuestBench.name(response.type))
        try expect(response.header.flags & ControlHeader.fenceFlag, ControlHeader.fenceFlag, "the fence flag")
        try expect(response.header.fenceID, 5, "the fence")
      },
      ConformanceCase(
        .fences, "absent", "A command without a fence is responded to without the flag", source: RuleSource.header
      ) { guest in
        let header = try guest.send(request: GetDisplayInfo().request()).header
        try expect(header.flags & ControlHeader.fenceFlag, 0, "the fence flag")
      },
      ConformanceCase(
        .fences, "unknown-flags", "Flags of a request that are unknown come back in no response",
        source: RuleSource.header
      ) { guest in
        var writer = ByteWriter()
        ControlHeader(type: 0x0100, flags: 0xffff_fffd, fenceID: 5).write(to: &writer)
        let header = try guest.send(request: writer.bytes).header
        try expect(header.flags & ~3, 0, "flags other than FENCE and INFO_RING_IDX")
      },
      ConformanceCase(
        .fences, "order", "Fenced commands that were sent together are responded to in their order",
        source: RuleSource.header
      ) { guest in
        let frame = try guest.setStage()
        let all = Rectangle(GuestBench.size)
        let requests = (UInt64(1)...12).map { fence in
          fence % 2 == 0
            ? ResourceFlush(rectangle: all, resourceID: frame.resourceID).request(fenceID: fence)
            : TransferToHost2D(rectangle: all, offset: 0, resourceID: frame.resourceID).request(fenceID: fence)
        }
        try expect(guest.together(requests).map(\.fenceID), Array(1...12), "the fences in the order of the used ring")
      },
      ConformanceCase(
        .fences, "same-twice", "Fences that repeat and fall are responded to in the order in which they came",
        source: RuleSource.robustness
      ) { guest in
        let fences: [UInt64] = [9, 9, 0, .max, 3]
        let requests = fences.map { GetDisplayInfo().request(fenceID: $0) }
        try expect(guest.together(requests).map(\.fenceID), fences, "the fences")
      },
      ConformanceCase(
        .fences, "order-with-queries",
        "GET_DISPLAY_INFO, which a back end may have to ask for, does not let later fenced commands overtake",
        source: RuleSource.header
      ) { guest in
        let requests =
          [GetDisplayInfo().request(fenceID: 1)]
          + (UInt64(2)...6).map { ResourceUnref(resourceID: 77).request(fenceID: $0) }
        try expect(guest.together(requests).map(\.fenceID), Array(1...6), "the fences")
      },
    ]
}

extension GuestBench {
  /// Sends requests with one kick, and returns the headers of the responses in the order of the used ring.
  fileprivate func together(_ requests: [[UInt8]]) throws -> [ControlHeader] {
    let base = try ram.allocate(UInt64(4096 * requests.count))
    var places: [UInt16: UInt64] = [:]
    for (index, request) in requests.enumerated() {
      let place = base + UInt64(4096 * index)
      try ram.memory.write(request, at: place)
      guard
        let head = driver.control.submit(
          readable: [.init(address: place, length: UInt32(request.count))],
          writable: [.init(address: place + 2048, length: 408)])
      else { throw DriverError.queueFull }
      places[head] = place + 2048
    }
    return try requests.map { _ in
      let used = try driver.finish(driver.control, 0)
      guard let place = places[used.head] else {
        throw CaseStop.failed(expected: "requests that were made", seen: "the head \(used.head)")
      }
      var reader = ByteReader(try ram.memory.read(at: place, count: ControlHeader.size))
      return try ControlHeader(&reader)
    }
  }
}

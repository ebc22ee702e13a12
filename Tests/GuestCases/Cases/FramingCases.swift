internal import Conformance
internal import Display
internal import GuestDriver
internal import ScanoutTesting
internal import VirtioGPU
internal import Virtqueue
internal import Wire

/// However a request is cut, broken, or named.
extension GuestCase {
  private static let cut: [GuestCase] = [1, 2, 3, 7, 23, 24, 25, 4096].map { run in
    GuestCase("a request cut into \(run) bytes a descriptor is the same", nil) { guest in
      let reply = try guest.send(
        request: GetDisplayInfo().request(fenceID: 5), run: run, response: Array(repeating: 51, count: 8))
      try expect(reply.bytes.count, 408, "the length")
      try expect([reply.number(0), reply.number(32), reply.number(36)], [0x1101, 64, 48], "type and size")
    }
  }

  private static let short: [GuestCase] = [0, 1, 23, 24, 39, 47].map { count in
    GuestCase("a request that ends after \(count) bytes is an error", nil) { guest in
      let whole = SetScanout(rectangle: Rectangle(x: 0, y: 0, width: 1, height: 1), scanout: 0, resourceID: 1).request()
      let reply = try guest.send(request: Array(whole.prefix(count)), run: 16, response: [24])
      try expect(reply.code, count < 24 ? .unspecified : .invalidParameter, "the code")
    }
  }

  private static let shortResponses: [GuestCase] = ([0, 1, 23, 24, 407, 408, 500] as [UInt32]).map { room in
    GuestCase("a response is cut to \(room) bytes of room, and writes no more", nil) { guest in
      let reply = try guest.send(request: GetDisplayInfo().request(), run: 24, response: room == 0 ? [] : [room])
      try expect(reply.bytes.count, Int(min(room, 408)), "the length")
    }
  }

  /// Each command's last byte is missing.
  private static let byteShort: [GuestCase] = Wrong.shortest.map { type, request in
    GuestCase("\(type) one byte short is an error", type, on: .region) { guest in
      try guest.setContext()
      let before = try guest.usage()
      try expect(guest.send(request: Array(request.dropLast())).code, .invalidParameter, "the code")
      try expect(guest.usage(), before, "what the device holds")
    }
  }

  private static let odd: [GuestCase] = [
    GuestCase(
      "without event index, indirect descriptors or any feature a guest draws all the same", nil,
      on: .with { $0.features = 1 << 32 }
    ) { guest in
      let frame = try guest.setStage()
      frame.surface.fill(Rectangle(x: 5, y: 5, width: 1, height: 1), with: Color(red: 1, green: 2, blue: 3))
      try frame.flush()
      try expect(guest.recorder.pixel(5, 5), [3, 2, 1], "the pixel")
      try expect(guest.code(GetEDID(scanout: 0)), .unspecified, "a feature that was not negotiated")
    },
    GuestCase("bytes after a request mean nothing", nil) { guest in
      let reply = try guest.send(
        request: GetEDID(scanout: 0).request() + Array(repeating: 0xff, count: 1000), run: 100, response: [1056])
      try expect(reply.bytes.count, 1056, "the length")
    },
    GuestCase("a request of five MiB is cut, and responded to", nil) { guest in
      try expect(
        guest.send(request: GetDisplayInfo().request() + [UInt8](repeating: 0, count: 5 << 20)).code, .okDisplayInfo,
        "the code")
    },
    GuestCase("buffers without bytes are no obstacle", nil) { guest in
      let reply = try guest.send(request: GetDisplayInfo().request(), run: 24, response: [0, 400, 0, 8, 0])
      try expect(reply.bytes.count, 408, "the length")
    },
    GuestCase("buffers without bytes inside a request are no obstacle", nil) { guest in
      let page = try guest.ram.allocate(4096)
      try guest.ram.memory.write(GetEDID(scanout: 1).request(fenceID: 5), at: page)
      let readable = [(0, 0), (0, 10), (10, 0), (10, 0), (10, 20), (30, 2), (32, 0)].map { start, count in
        DriverQueue.Buffer(address: page + UInt64(start), length: UInt32(count))
      }
      let writable = [DriverQueue.Buffer(address: page + 1024, length: 1056)]
      guard guest.driver.control.submit(readable: readable, writable: writable) != nil else {
        throw DriverError.queueFull
      }
      try expect(guest.driver.finish(guest.driver.control, 0).written, 1056, "the length")
      let reply = try Reply(guest.ram.memory.read(at: page + 1024, count: 1056))
      try expect(reply.code, .okEDID, "the code")
      try expect(reply.header.fenceID, 5, "the fence")
    },
    GuestCase("a request is read once: what is written over it while it waits means nothing", nil, on: .held) { guest in
      try guest.setContext()
      let commands = FakeCommand.fill(resource: 5, Color(red: 1, green: 2, blue: 3)).bytes
      let request = Submit3D(size: UInt32(commands.count)).request(fenceID: 7, context: 1, ring: 2) + commands
      let page = try guest.ram.allocate(4096)
      try guest.ram.memory.write(request, at: page)
      let buffer = DriverQueue.Buffer(address: page, length: UInt32(request.count))
      let response = DriverQueue.Buffer(address: page + 2048, length: 24)
      let queue = guest.driver.control
      guard queue.submit(readable: [buffer], writable: [response]) != nil else { throw DriverError.queueFull }
      if queue.needsKick() { try guest.driver.link.kick(0) }
      // A device on a thread of its own has read it a few errands later.
      for _ in 0..<100 where try guest.usage().pendingFences == 0 {}
      try expect(guest.usage().pendingFences, 1, "the number of fences that are waited for")
      let other = Submit3D(size: 4).request(fenceID: 99, context: 3) + FakeCommand.fail.bytes
      try guest.ram.memory.write(other + [UInt8](repeating: 0xff, count: 100), at: page)
      try guest.reach { $0.timeline == .ring(context: 1, index: 2) }
      try expect(guest.driver.finish(queue, 0).written, 24, "the length")
      try expect(
        Reply(guest.ram.memory.read(at: page + 2048, count: 24)).header,
        ControlHeader(type: 0x1100, flags: 3, fenceID: 7, contextID: 1, ringIndex: 2), "the header")
      let all = Rectangle(x: 0, y: 0, width: 64, height: 48)
      try guest.send(SetScanout(rectangle: all, scanout: 0, resourceID: 5))
      try guest.send(ResourceFlush(rectangle: all, resourceID: 5))
      try expect(guest.recorder.pixel(0, 0), [3, 2, 1], "the pixel that the first commands drew")
    },
  ]

  /// What cannot be a request, built descriptor by descriptor.
  private static let broken: [GuestCase] = BrokenChain.all.map { chain in
    GuestCase("\(chain.title) is given back unread", nil) { guest in
      let queue = guest.driver.control
      for (index, descriptor) in chain.table.enumerated() { queue.writeDescriptor(descriptor, at: UInt16(index)) }
      queue.publish(head: 0)
      let used = try guest.driver.finish(queue, 0)
      try expect(used.head, 0, "the request that came back")
      try expect(used.written, 0, "the number of bytes written")
    }
  }

  static let framingCases: [GuestCase] = cut + short + shortResponses + byteShort + odd + broken

  /// What does not exist, and what was not agreed on.
  static let typeCases: [GuestCase] =
    ([0, 0x00ff, 0x010e, 0x01ff, 0x020a, 0x02ff, 0x0302, 0x1100, 0x1200, 0x8000_0000, .max] as [UInt32]).map { type in
      GuestCase("0x\(String(type, radix: 16)) is no command", nil, on: .region) { guest in
        var writer = ByteWriter()
        ControlHeader(type: type, contextID: 1).write(to: &writer)
        writer.zeros(200)
        try expect(guest.send(request: writer.bytes).code, .unspecified, "the response")
        try guest.point(writer.bytes)
        try expect(guest.recorder.take(), [], "what is shown")
      }
    }
    + CommandType.allCases.filter { $0.rawValue >= 0x0108 && $0.rawValue < 0x0300 }.map { type in
      GuestCase("\(type) is refused when no feature was negotiated", type, on: .region.asking([])) { guest in
        var writer = ByteWriter()
        ControlHeader(type: type.rawValue, contextID: 1).write(to: &writer)
        for _ in 0..<50 { writer.u32(1) }
        try expect(guest.send(request: writer.bytes).code, .unspecified, "the response")
        try expect(guest.usage(), Usage(), "what the device holds")
      }
    }
}

/// Requests that are wrong.
private enum Wrong {
  private static let rectangle = Rectangle(x: 0, y: 0, width: 1, height: 1)

  /// One of each command that has fields, in its shortest form.
  static let shortest: [(CommandType, [UInt8])] = {
    let fields = Transfer3D(box: Box(width: 1), resourceID: 5)
    func request(_ command: some Command) -> (CommandType, [UInt8]) {
      (type(of: command).type, command.request(context: 1))
    }
    return [
      request(ResourceCreate2D(resourceID: 9, format: 1, width: 1, height: 1)),
      request(ResourceUnref(resourceID: 5)),
      request(SetScanout(rectangle: rectangle, scanout: 0, resourceID: 5)),
      request(ResourceFlush(rectangle: rectangle, resourceID: 5)),
      request(TransferToHost2D(rectangle: rectangle, offset: 0, resourceID: 5)),
      request(ResourceAttachBacking(resourceID: 5, entryCount: 1)),
      request(ResourceDetachBacking(resourceID: 5)),
      request(GetCapsetInfo(index: 0)), request(GetCapset(id: 1, version: 1)), request(GetEDID(scanout: 0)),
      request(ResourceAssignUUID(resourceID: 5)),
      request(ResourceCreateBlob(resourceID: 9, memory: .guest, size: 4096)),
      request(
        SetScanoutBlob(
          rectangle: rectangle, scanout: 0, resourceID: 5, size: rectangle.size, format: 1, stride: 4)),
      request(ContextCreate()),
      request(ContextAttachResource(resourceID: 5)), request(ContextDetachResource(resourceID: 5)),
      request(ResourceCreate3D(resourceID: 9, format: 1, bind: 2, width: 1, height: 1)),
      request(TransferToHost3D(fields)), request(TransferFromHost3D(fields)), request(Submit3D(size: 0)),
      request(ResourceMapBlob(resourceID: 5, offset: 0)), request(ResourceUnmapBlob(resourceID: 5)),
    ]
  }()
}

extension CaseGuest {
  /// Sends a request cut into buffers of `run` bytes, with room for the response in buffers of these lengths.
  fileprivate func send(request: [UInt8], run: Int, response: [UInt32], line: UInt = #line) throws -> Reply {
    let base = try ram.allocate(UInt64(max(1, request.count)))
    try ram.memory.write(request, at: base)
    let readable = stride(from: 0, to: request.count, by: run).map { start in
      DriverQueue.Buffer(address: base + UInt64(start), length: UInt32(min(run, request.count - start)))
    }
    let responseBase = try ram.allocate(4096)
    let total = Int(response.reduce(0, +))
    try ram.memory.write([UInt8](repeating: 0xee, count: total + 64), at: responseBase)
    var room = responseBase
    let writable = response.map { length in
      defer { room += UInt64(length) }
      return DriverQueue.Buffer(address: room, length: length)
    }
    let table = try ram.allocate(16 * UInt64(max(1, readable.count + writable.count)))
    guard readable.count + writable.count > 0,
      try driver.control.submitIndirect(readable: readable, writable: writable, table: table) != nil
    else { throw DriverError.queueFull }
    let used = try driver.finish(driver.control, 0)
    let bytes = try ram.memory.read(at: responseBase, count: total + 64)
    let written = Int(used.written)
    try expect(written <= total, "no more is written than there is room", line: line)
    try expect(bytes.dropFirst(written).allSatisfy { $0 == 0xee }, "nothing is written after the response", line: line)
    let reply = try Reply(Array(bytes.prefix(written)))
    try reply.requireZeros(line: line)
    return reply
  }
}

internal import Display
internal import GuestDriver
internal import ScanoutTesting
internal import VirtioGPU
internal import Virtqueue
internal import Wire

/// The guest of a case: sends requests, rightly and wrongly made, and judges every byte that comes back.
final class CaseGuest {
  let host: any CaseHost
  let device: CaseDevice
  private(set) var driver: GPUDriver
  /// Requests that were not responded to yet, by the head of their chain.
  private var pending: [UInt16: Slot] = [:]
  /// Requests that never will be: nothing may be written into their buffers.
  private var abandoned: [Slot] = []
  private var free: [Slot] = []

  /// Buffers of one request. The response's are filled with a pattern, so that stray writes are found.
  private struct Slot {
    let request: DriverQueue.Buffer
    let response: UInt64
  }

  /// How much room for a response there is, in bytes.
  static let room: UInt32 = 1088
  private static let pattern = [UInt8](repeating: 0xee, count: Int(room))

  init(_ host: any CaseHost, _ device: CaseDevice) throws {
    self.host = host
    self.device = device
    driver = try GPUDriver(host.link, ram: device.ram)
  }

  var ram: GuestRAM { device.ram }
  var recorder: CaseRecorder { device.recorder }

  // MARK: One request after the other

  /// Sends bytes as they are, and judges what comes back by the rules of every response.
  func send(request: [UInt8], line: UInt = #line) throws -> Reply {
    try submit(request)
    return try replies(1, line: line)[0]
  }

  /// The code that a command is responded to with.
  func code(
    _ command: some Command, payload: [UInt8] = [], context: UInt32 = 0, line: UInt = #line
  ) throws -> ResponseType? {
    try send(request: command.request(context: context) + payload, line: line).code
  }

  /// Sends a command that has to work.
  @discardableResult
  func send(
    _ command: some Command, payload: [UInt8] = [], context: UInt32 = 0, line: UInt = #line
  ) throws -> Reply {
    let reply = try send(request: command.request(context: context) + payload, line: line)
    guard let code = reply.code, code.rawValue < ResponseType.unspecified.rawValue else {
      throw Surprise(
        "\(type(of: command).type) is responded to with \(reply.code.map { "\($0)" } ?? "nothing")", line: line)
    }
    return reply
  }

  // MARK: Many at once

  /// Sends bytes and does not wait.
  func submit(_ request: [UInt8]) throws {
    let slot = try slot(for: request.count)
    try ram.memory.write(request, at: slot.request.address)
    try ram.memory.write(Self.pattern, at: slot.response)
    let buffer = DriverQueue.Buffer(address: slot.request.address, length: UInt32(request.count))
    let response = DriverQueue.Buffer(address: slot.response, length: Self.room)
    guard let head = driver.control.submit(readable: [buffer], writable: [response]) else {
      throw DriverError.queueFull
    }
    pending[head] = slot
    if driver.control.needsKick() { try driver.link.kick(0) }
  }

  /// Waits for so many responses, and returns them in the order in which they came.
  func replies(_ count: Int, line: UInt = #line) throws -> [Reply] {
    try (0..<count).map { _ in
      // In the same thread nothing can take time, and over a socket each wait has its end.
      for _ in 0..<100 {
        if let reply = try collect(line: line) { return reply }
        if !driver.control.askForCall() { try driver.link.wait(0) }
      }
      throw Surprise("a response does not come", line: line)
    }
  }

  /// The responses that came so far.
  func repliesSoFar(line: UInt = #line) throws -> [Reply] {
    // What the device's thread was told before is done when it has done this.
    try host.onDevice { _ in }
    var replies: [Reply] = []
    while let reply = try collect(line: line) { replies.append(reply) }
    return replies
  }

  private func collect(line: UInt) throws -> Reply? {
    guard let used = driver.control.collect() else { return nil }
    guard let slot = pending.removeValue(forKey: used.head) else {
      throw Surprise("request \(used.head), which was never made, was given back", line: line)
    }
    let bytes = try ram.memory.read(at: slot.response, count: Int(Self.room))
    try expect(used.written <= Self.room, "no more is written than there is room", line: line)
    let written = Int(min(used.written, Self.room))
    try expect(
      bytes[written...] == Self.pattern[written...], "nothing is written after the response", line: line)
    free.append(slot)
    let reply = try Reply(Array(bytes.prefix(written)))
    try reply.requireZeros(line: line)
    return reply
  }

  private func slot(for count: Int) throws -> Slot {
    if let index = free.firstIndex(where: { Int($0.request.length) >= count }) { return free.remove(at: index) }
    let length = UInt32(max(4096, count))
    let request = DriverQueue.Buffer(address: try ram.allocate(UInt64(length)), length: length)
    return Slot(request: request, response: try ram.allocate(UInt64(Self.room)))
  }

  /// Sends many short requests, as fast as the queue takes them; each must be done.
  func flood(_ requests: [[UInt8]], line: UInt = #line) throws {
    let (most, room) = (30, UInt32(ControlHeader.size))
    let (outgoing, incoming) = (try ram.allocate(8192), try ram.allocate(4096))
    for start in stride(from: 0, to: requests.count, by: most) {
      let batch = requests[start..<min(requests.count, start + most)]
      for (index, request) in batch.enumerated() {
        let place = outgoing + UInt64(256 * index)
        try ram.memory.write(request, at: place)
        let buffer = DriverQueue.Buffer(address: place, length: UInt32(request.count))
        let response = DriverQueue.Buffer(address: incoming + UInt64(index) * UInt64(room), length: room)
        guard driver.control.submit(readable: [buffer], writable: [response]) != nil else {
          throw DriverError.queueFull
        }
      }
      for _ in batch { _ = try driver.finish(driver.control, 0) }
      let responses = try ram.memory.read(at: incoming, count: batch.count * Int(room))
      for index in batch.indices {
        let place = (index - start) * Int(room)
        try expect(Array(responses[place..<(place + 4)]), [0, 0x11, 0, 0], "the type of a response", line: line)
      }
    }
  }

  // MARK: The cursor queue

  /// Sends bytes on the cursor queue, which has no responses.
  func point(_ request: [UInt8], line: UInt = #line) throws {
    let slot = try slot(for: request.count)
    free.append(slot)
    try ram.memory.write(request, at: slot.request.address)
    let buffer = DriverQueue.Buffer(address: slot.request.address, length: UInt32(request.count))
    guard driver.cursor.submit(readable: [buffer], writable: []) != nil else { throw DriverError.queueFull }
    try expect(driver.finish(driver.cursor, 1).written, 0, "what was written for the cursor queue", line: line)
  }

  func point(_ command: some Command, line: UInt = #line) throws {
    try point(command.request(), line: line)
  }

  // MARK: The device

  /// What the device holds; its sums and what is there must agree.
  func usage(line: UInt = #line) throws -> Usage {
    let (usage, counted) = try host.onDevice { ($0.usage, $0.recountUsage()) }
    try expect(usage, counted, "what the device counts", line: line)
    return usage
  }

  /// Lets the renderer reach fences, and responses go out.
  func reach(_ which: @escaping (RendererFence) -> Bool = { _ in true }) throws {
    let renderer = device.renderer
    try host.onDevice { device in
      renderer?.reach(which)
      device.rendererProgressed()
    }
  }

  /// Does something with the host-visible region, on the device's thread.
  func region<Result>(_ body: @escaping (CaseRegion) throws -> Result) throws -> Result {
    guard let region = device.region else { throw Surprise("the case has no region", line: #line) }
    return try host.onDevice { _ in try body(region) }
  }

  /// Asks the renderer something, on the device's thread.
  func renderer<Result>(_ body: @escaping (FakeRenderer) throws -> Result) throws -> Result {
    guard let renderer = device.renderer else { throw Surprise("the case has no renderer", line: #line) }
    return try host.onDevice { _ in try body(renderer) }
  }

  /// Resets the device and starts it again.
  func reset() throws {
    try halt()
    driver = try GPUDriver(host.link, ram: ram)
  }

  private func halt() throws {
    try host.link.reset()
    // A queue that stops gives back what it can.
    _ = try repliesSoFar()
    abandoned += pending.values
    pending = [:]
  }

  // MARK: Time

  /// Lets time pass until a scanout has ticked; what was shown meanwhile, that tick included.
  func passUntilTick(on scanout: ScanoutID = 0, line: UInt = #line) throws -> [EventRecorder.Entry] {
    var shown: [EventRecorder.Entry] = []
    // A busy machine has a minute.
    for _ in 0..<3000 {
      shown += recorder.takeWithTicks()
      let hasTicked = shown.contains { if case .vsync(scanout, _) = $0 { true } else { false } }
      if hasTicked { return shown }
      try host.pass(20_000_000)
    }
    throw Surprise("scanout \(scanout) does not tick", line: line)
  }

  // MARK: What every case ends with

  /// Whatever came before: the device responses, and shows what it is told to.
  func provesNextCommand(line: UInt = #line) throws {
    try reach()
    if let region = device.region {
      try host.onDevice { _ in
        region.isSlow = false
        region.refuses = false
        region.respond()
      }
    }
    _ = try replies(pending.count, line: line)
    try expect(
      send(request: GetDisplayInfo().request()).code, .okDisplayInfo, "the next command's response", line: line)
    let id: UInt32 = 0xffff_fff0
    let page = try ram.allocate(4096)
    let all = Rectangle(x: 0, y: 0, width: 8, height: 8)
    try ram.memory.write((0..<64).flatMap { _ in [11, 22, 33, 0] as [UInt8] }, at: page)
    try send(ResourceCreate2D(resourceID: id, format: 2, width: 8, height: 8))
    try send(ResourceAttachBacking(resourceID: id, entryCount: 1), payload: entries([(page, 256)]))
    try send(TransferToHost2D(rectangle: all, offset: 0, resourceID: id))
    try send(SetScanout(rectangle: all, scanout: 0, resourceID: id))
    _ = recorder.take()
    try submit(ResourceFlush(rectangle: all, resourceID: id).request())
    _ = try replies(1, line: line)
    try expect(recorder.take().first, .damage(0, all), "what the next flush shows", line: line)
    try expect(recorder.pixel(7, 7), [11, 22, 33], "the pixel that the next flush shows", line: line)
    try send(ResourceUnref(resourceID: id))
    _ = try usage(line: line)
  }

  /// After a reset the device holds nothing, shows nothing, and responds to nothing.
  func provesEmptyAfterReset(line: UInt = #line) throws {
    try halt()
    try expect(usage(), Usage(), "what the device holds after a reset", line: line)
    try expect(recorder.lights, 0, "the number of lit scanouts and cursors after a reset", line: line)
    if device.renderer != nil {
      try expect(renderer { $0.contexts.isEmpty }, "a reset ends contexts", line: line)
      try expect(renderer { $0.resources }, [], "what the renderer holds after a reset", line: line)
    }
    if device.region != nil {
      try expect(region { $0.places.isEmpty }, "a reset empties the region", line: line)
      try expect(region { $0.complaints }, [], "what the region has to complain of", line: line)
    }
    try provesAbandoned(line: line)
  }

  /// Nothing was written into the buffers of requests that are gone with a reset.
  func provesAbandoned(line: UInt = #line) throws {
    try reach()
    if let region = device.region { try host.onDevice { _ in region.respond() } }
    try expect(usage().pendingCommands, 0, "the number of requests in flight after a reset", line: line)
    for slot in abandoned {
      try expect(
        ram.memory.read(at: slot.response, count: Self.pattern.count) == Self.pattern,
        "nothing is written into buffers of requests that a reset ended", line: line)
    }
  }
}

/// Memory entries as they follow a request.
func entries(_ list: [(UInt64, UInt32)]) -> [UInt8] {
  var writer = ByteWriter()
  for (address, length) in list { MemoryEntry(address: address, length: length).write(to: &writer) }
  return writer.bytes
}

import FuzzSupport
import GuestDriver
import VirtioGPU
import Virtqueue
import Wire

/// Requests on their way, cut in any way, and their responses.
extension ScriptedGuest {
  func submit(_ bytes: [UInt8], on queue: Int) {
    // Pieces of one byte, of a few, or all in one.
    let size = choices.pick(bytes.count, bytes.count, 1 + bytes.count / 2, 24, 7, 1)
    let readable = place(bytes, cutInto: max(1, size))
    // Without room for a response, the request waits until there is some.
    guard let slot = guest.freeSlots.popLast() else { return kick(queue) }
    let writable = queue == 1 && !choices.oneIn(4) ? [] : responseRoom(slot)
    let isIndirect = guest.hasIndirect && (choices.oneIn(2) || readable.count + writable.count > 8)
    guard readable.count + writable.count > 0 else { return guest.freeSlots.append(slot) }
    let head: UInt16?
    if isIndirect {
      let table = guest.tables + guest.nextTable
      guest.nextTable = (guest.nextTable + UInt64(16 * (readable.count + writable.count))) % (RunningGuest.room / 2)
      head = try? guest.queues[queue].submitIndirect(readable: readable, writable: writable, table: table)
    } else {
      head = guest.queues[queue].submit(readable: readable, writable: writable)
    }
    if let head {
      remember(bytes, head, queue, writable, slot)
    } else {
      guest.freeSlots.append(slot)
    }
    // Sometimes a few wait for one kick; and a full table needs one.
    if head == nil || guest.pending[queue].count > 4 || !choices.oneIn(4) { kick(queue) }
  }

  func kick(_ queue: Int) {
    do {
      try guest.link.kick(queue)
    } catch is VirtqueueError {
      require(!guest.isOrderly, "an orderly ring was given up")
      return restart(withReset: true)
    } catch {
      violated("a kick failed: \(error)")
    }
    collect(queue)
    guard guest.isOrderly else { return }
    let mayWait =
      device.isRendering || !device.acceptsRequests(on: queue)
      || queue == 0 && (device.deadline != nil || region?.hasWaitingCalls == true)
    require(guest.pending[queue].isEmpty || mayWait, "a command is not responded to, and waits for nothing")
  }

  /// Takes what came back.
  func collect(_ queue: Int) {
    // A ring that was tampered with may give back anything, but never more than it has room for at once.
    for _ in 0..<Int(UInt16.max) {
      guard let used = guest.queues[queue].collect() else { break }
      let request = guest.pending[queue].removeValue(forKey: used.head)
      if let request { guest.freeSlots.append(request.slot) }
      guard guest.isOrderly else { continue }
      guard let request else { violated("request \(used.head) came back and was never sent") }
      judge(used, request, queue)
    }
  }

  private func remember(
    _ bytes: [UInt8], _ head: UInt16, _ queue: Int, _ response: [DriverQueue.Buffer], _ slot: Int
  ) {
    var reader = ByteReader(bytes)
    let header = try? ControlHeader(&reader)
    guest.lastNumber += 1
    guest.pending[queue][head] = RunningGuest.Request(
      number: guest.lastNumber, bytes: bytes, header: header, timeline: guest.timeline(of: header), response: response,
      slot: slot)
  }

  private func judge(_ used: DriverQueue.Used, _ request: RunningGuest.Request, _ queue: Int) {
    let room = request.response.reduce(0) { $0 + Int($1.length) }
    require(Int(used.written) <= room, "\(used.written) bytes were written into room for \(room)")
    guard queue == 0 else { return require(used.written == 0, "a cursor command has no response") }
    guard !guest.hasMoved, guest.isAlone else { return }
    var response: [UInt8] = []
    for buffer in request.response {
      response += expect("reading a response") {
        try guest.ram.memory.read(at: buffer.address, count: Int(buffer.length))
      }
    }
    require(response[Int(used.written)...].allSatisfy { $0 == 0xee }, "bytes beyond the response were touched")
    if let timeline = request.timeline {
      let isFirst = guest.pending[0].values.allSatisfy { $0.timeline != timeline || $0.number > request.number }
      require(isFirst, "a fence of \(timeline) came before another one that was there before it")
    }
    judge(Array(response.prefix(Int(used.written))), to: request, room: room)
  }

  private func judge(_ response: [UInt8], to request: RunningGuest.Request, room: Int) {
    var reader = ByteReader(response)
    guard let header = try? ControlHeader(&reader) else {
      return require(room < ControlHeader.size, "a response has no header")
    }
    guard let type = ResponseType(rawValue: header.type) else { violated("a response has the type \(header.type)") }
    let counts = counts(type, to: request).map { min(room, ControlHeader.size + $0) }
    require(counts.contains(response.count), "a response of type \(type) has \(response.count) bytes")
    let asked = request.header ?? ControlHeader(type: 0)
    let flags = asked.flags & (ControlHeader.fenceFlag | (guest.hasRings ? ControlHeader.ringFlag : 0))
    let isFenced = asked.flags & ControlHeader.fenceFlag != 0
    let expected = ControlHeader(
      type: header.type, flags: isFenced ? flags : 0, fenceID: isFenced ? asked.fenceID : 0,
      contextID: isFenced ? asked.contextID : 0,
      ringIndex: isFenced && flags & ControlHeader.ringFlag != 0 ? asked.ringIndex : 0)
    require(header == expected, "\(asked) was responded to with \(header)")
    require(response[21..<24] == [0, 0, 0], "the padding of a header is not zero")
    let padding: Range<Int>? =
      switch type {
      case .okEDID: 28..<32
      case .okCapsetInfo: 36..<40
      case .okMapInfo: 28..<32
      case .okDisplayInfo: 44..<48
      default: nil
      }
    if let padding, padding.upperBound <= response.count {
      require(response[padding].allSatisfy { $0 == 0 }, "the padding of a response of type \(type) is not zero")
    }
  }

  /// How long the body of a response may be.
  private func counts(_ type: ResponseType, to request: RunningGuest.Request) -> [Int] {
    switch type {
    case .okDisplayInfo: [384]
    case .okEDID: [1032]
    case .okCapsetInfo, .okResourceUUID: [16]
    case .okCapset: drawing?.renderer.capsets.map(\.data.count) ?? []
    case .okMapInfo: [8]
    default: [0]
    }
  }

  private func place(_ bytes: [UInt8], cutInto size: Int) -> [DriverQueue.Buffer] {
    let base = guest.requests + guest.nextRequest
    guest.nextRequest = (guest.nextRequest + UInt64(bytes.count)) % (RunningGuest.room / 2)
    expect("writing a request") { try guest.ram.memory.write(bytes, at: base) }
    return stride(from: 0, to: bytes.count, by: size).map { start in
      DriverQueue.Buffer(address: base + UInt64(start), length: UInt32(min(size, bytes.count - start)))
    }
  }

  /// Room for a response, in one to three pieces, filled with a mark.
  private func responseRoom(_ slot: Int) -> [DriverQueue.Buffer] {
    var buffers: [DriverQueue.Buffer] = []
    var next = guest.responses + UInt64(slot) * RunningGuest.responseRoom
    for _ in 0..<choices.pick(1, 2, 3) {
      let length = UInt32(choices.pick(408, 24, 1056, 0, 23, 1, 40))
      expect("marking a response") { try guest.ram.memory.write(Array(repeating: 0xee, count: Int(length)), at: next) }
      buffers.append(DriverQueue.Buffer(address: next, length: length))
      next += UInt64(length)
    }
    return buffers
  }
}

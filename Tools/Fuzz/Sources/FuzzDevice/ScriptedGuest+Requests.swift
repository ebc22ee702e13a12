import FuzzSupport
import GuestDriver
import VirtioGPU
import Virtqueue
import Wire

/// Requests on their way, cut in any way, and their answers.
extension ScriptedGuest {
  func submit(_ bytes: [UInt8], on queue: Int) {
    // Pieces of one byte, of a few, or all in one.
    let size = choices.pick(bytes.count, bytes.count, 1 + bytes.count / 2, 24, 7, 1)
    let readable = place(bytes, cutInto: max(1, size))
    let writable = queue == 1 && !choices.oneIn(4) ? [] : answerRoom()
    let isIndirect = guest.hasIndirect && (choices.oneIn(2) || readable.count + writable.count > 8)
    guard readable.count + writable.count > 0 else { return }
    let head: UInt16?
    if isIndirect {
      let table = guest.tables + guest.nextTable
      guest.nextTable = (guest.nextTable + UInt64(16 * (readable.count + writable.count))) % (RunningGuest.room / 2)
      head = try? guest.queues[queue].submitIndirect(readable: readable, writable: writable, table: table)
    } else {
      head = guest.queues[queue].submit(readable: readable, writable: writable)
    }
    if let head { guest.pending[queue][head] = RunningGuest.Request(bytes: bytes, answer: writable) }
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
    // A ring that was tampered with may give back anything, but never more than it has room for at once.
    for _ in 0..<Int(UInt16.max) {
      guard let used = guest.queues[queue].collect() else { break }
      let request = guest.pending[queue].removeValue(forKey: used.head)
      guard guest.isOrderly else { continue }
      guard let request else { violated("request \(used.head) came back and was never sent") }
      judge(used, request, queue)
    }
    require(!guest.isOrderly || guest.pending[queue].isEmpty, "a request did not come back")
  }

  private func judge(_ used: DriverQueue.Used, _ request: RunningGuest.Request, _ queue: Int) {
    let room = request.answer.reduce(0) { $0 + Int($1.length) }
    require(Int(used.written) <= room, "\(used.written) bytes were written into room for \(room)")
    guard queue == 0 else { return require(used.written == 0, "a cursor request has no answer") }
    var answer: [UInt8] = []
    for buffer in request.answer {
      answer += expect("reading an answer") { try guest.ram.memory.read(at: buffer.address, count: Int(buffer.length)) }
    }
    require(answer[Int(used.written)...].allSatisfy { $0 == 0xee }, "bytes beyond the answer were touched")
    var reader = ByteReader(Array(answer.prefix(Int(used.written))))
    guard let header = try? ControlHeader(&reader) else {
      return require(room < ControlHeader.size, "an answer has no header")
    }
    let sizes: [ResponseType: Int] = [.okDisplayInfo: 384, .okEDID: 1032]
    guard let type = ResponseType(rawValue: header.type) else { violated("an answer has the type \(header.type)") }
    require(
      Int(used.written) == min(room, ControlHeader.size + sizes[type, default: 0]),
      "an answer of type \(type) has \(used.written) bytes")
    var question = ByteReader(request.bytes)
    let asked = try? ControlHeader(&question)
    let isFenced = (asked?.flags ?? 0) & ControlHeader.fenceFlag != 0
    require(header.flags == (isFenced ? ControlHeader.fenceFlag : 0), "an answer has the flags \(header.flags)")
    require(header.fenceID == (isFenced ? asked?.fenceID ?? 0 : 0), "an answer has another fence")
  }

  private func place(_ bytes: [UInt8], cutInto size: Int) -> [DriverQueue.Buffer] {
    let base = guest.requests + guest.nextRequest
    guest.nextRequest = (guest.nextRequest + UInt64(bytes.count)) % (RunningGuest.room / 2)
    expect("writing a request") { try guest.ram.memory.write(bytes, at: base) }
    return stride(from: 0, to: bytes.count, by: size).map { start in
      DriverQueue.Buffer(address: base + UInt64(start), length: UInt32(min(size, bytes.count - start)))
    }
  }

  /// Room for an answer, in one to three pieces, filled with a mark.
  private func answerRoom() -> [DriverQueue.Buffer] {
    var buffers: [DriverQueue.Buffer] = []
    for _ in 0..<choices.pick(1, 2, 3) {
      let length = UInt32(choices.pick(408, 24, 1056, 0, 23, 1, 40))
      let base = guest.answers + guest.nextAnswer
      guest.nextAnswer = (guest.nextAnswer + UInt64(length)) % (RunningGuest.room / 2)
      expect("marking an answer") { try guest.ram.memory.write(Array(repeating: 0xee, count: Int(length)), at: base) }
      buffers.append(DriverQueue.Buffer(address: base, length: length))
    }
    return buffers
  }
}

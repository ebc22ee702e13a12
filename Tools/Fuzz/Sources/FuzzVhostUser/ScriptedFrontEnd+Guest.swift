import Display
import FuzzSupport
import GuestDriver
import LinuxIO
import VirtioGPU
import Virtqueue
import Wire

/// What an orderly front end and an orderly guest do, so that a fuzzer need not find it out byte by byte; and then what
/// a disorderly guest does.
extension ScriptedFrontEnd {
  /// Memory, and a ring from its size to its being enabled; some steps may be missing.
  func setUp() throws {
    let missing = choices.byte()
    let queue = choices.below(2)
    var steps: [([UInt8], [Descriptor])] = [
      number(Number.setFeatures, choices.pick(0x1_7000_0002, 0x1_4000_0000, 0x1_3000_0002)),
      number(Number.setProtocolFeatures, 0x1_a229), memoryTable(ram), ringState(Number.setVringNum, queue, 16),
      ringState(Number.setVringBase, queue, choices.oneIn(4) ? choices.word() : made(rings[queue])),
      (address(rings[queue], queue), []),
    ]
    for request in [Number.setVringCall, Number.setVringErr, Number.setVringKick] {
      let counter = try EventCounter()
      steps.append(number(request, UInt64(queue), [counter.descriptor]))
      if request == Number.setVringKick { kick[queue] = counter }
    }
    steps.append(ringState(Number.setVringEnable, queue, 1))
    for (index, step) in steps.enumerated() where missing < 128 || missing & 1 << UInt8(index % 7) == 0 {
      try send(step.0, with: step.1)
      try pump(rounds: 2)
    }
  }

  /// One request of the guest, and its kick.
  func request() throws {
    let queue = choices.below(2)
    while rings[queue].collect() != nil {}
    let bytes = guestRequest()
    let place = buffers + UInt64(choices.below(16)) * 1024
    try ram.memory.write(bytes, at: place)
    _ = rings[queue].submit(
      readable: [DriverQueue.Buffer(address: place, length: UInt32(bytes.count))],
      writable: choices.oneIn(4)
        ? [] : [DriverQueue.Buffer(address: place + 32768, length: UInt32(choices.pick(24, 408, 1)))])
    if !choices.oneIn(4) { kick[queue]?.signal() }
  }

  /// What no guest should do to its rings and its memory.
  func tamper() {
    let ring = rings[choices.below(2)]
    switch choices.below(4) {
    case 0: ring.publish(head: UInt16(truncatingIfNeeded: choices.word()))
    case 1: ring.forceAvailableIndex(UInt16(truncatingIfNeeded: choices.word()))
    case 2:
      ring.writeDescriptor(
        DriverQueue.RawDescriptor(
          address: choices.oneIn(4) ? choices.long() : buffers &+ UInt64(choices.word()), length: choices.word(),
          flags: UInt16(choices.below(8)), next: UInt16(choices.below(20))), at: UInt16(choices.below(16)))
    default:
      let address = GuestRAM.guestBase &+ UInt64(choices.word()) * UInt64(choices.pick(1, 64, 4096))
      try? ram.memory.write(choices.run(atMost: 32), at: address)
    }
    if choices.oneIn(2) { kick[choices.below(2)]?.signal() }
  }

  private func guestRequest() -> [UInt8] {
    let id = UInt32(choices.below(3))
    let scanout = UInt32(choices.below(3))
    let part = Rectangle(x: choices.word(), y: choices.word(), width: choices.word(), height: choices.word())
    switch choices.below(9) {
    case 0: return GetDisplayInfo().request()
    case 1: return ResourceCreate2D(resourceID: id, format: 1, width: part.width, height: part.height).request()
    case 2:
      var entry = ByteWriter()
      MemoryEntry(address: buffers &+ UInt64(choices.word()), length: choices.word()).write(to: &entry)
      return ResourceAttachBacking(resourceID: id, entryCount: 1).request() + entry.bytes
    case 3: return SetScanout(rectangle: part, scanout: scanout, resourceID: id).request()
    case 4: return TransferToHost2D(rectangle: part, offset: UInt64(choices.word()), resourceID: id).request()
    case 5: return ResourceFlush(rectangle: part, resourceID: id).request(fenceID: choices.long())
    case 6: return ResourceUnref(resourceID: id).request()
    case 7:
      return UpdateCursor(CursorFields(scanout: scanout, position: .zero, resourceID: id)).request()
    default: return choices.run(atMost: 64)
    }
  }

  func number(_ request: UInt32, _ value: UInt64, _ descriptors: [Descriptor] = []) -> ([UInt8], [Descriptor]) {
    var payload = ByteWriter()
    payload.u64(value)
    return (Self.encode(request, payload.bytes), descriptors)
  }

  func ringState(_ request: UInt32, _ queue: Int, _ value: UInt32) -> ([UInt8], [Descriptor]) {
    number(request, UInt64(value) << 32 | UInt64(queue))
  }

  func memoryTable(_ ram: GuestRAM) -> ([UInt8], [Descriptor]) {
    var payload = ByteWriter()
    payload.u32(1)
    payload.u32(0)
    for value in [GuestRAM.guestBase, ram.count, GuestRAM.userBase, 0] { payload.u64(value) }
    return (Self.encode(Number.setMemTable, payload.bytes), [ram.file])
  }

  func address(_ ring: DriverQueue, _ queue: Int) -> [UInt8] {
    var payload = ByteWriter()
    payload.u32(UInt32(queue))
    payload.u32(0)
    for address in [ring.layout.descriptorTable, ring.layout.usedRing, ring.layout.availableRing] {
      payload.u64(GuestRAM.userAddress(of: address))
    }
    payload.u64(0)
    return Self.encode(Number.setVringAddr, payload.bytes)
  }

  /// How many requests the guest has made on a ring, as the ring says.
  private func made(_ ring: DriverQueue) -> UInt32 {
    let index = try? ram.memory.range(at: ring.layout.availableRing, count: ring.layout.availableRingCount)
    return UInt32(index?.loadAcquiring(at: 2) ?? 0)
  }
}

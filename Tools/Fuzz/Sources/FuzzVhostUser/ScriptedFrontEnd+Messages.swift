import FuzzSupport
import GuestDriver
import LinuxIO
import VhostUser
import Wire

/// Messages of the right form with anything in them.
extension ScriptedFrontEnd {
  /// The numbers of the messages.
  enum Number {
    static let setFeatures: UInt32 = 2
    static let setMemTable: UInt32 = 5
    static let setVringNum: UInt32 = 8
    static let setVringAddr: UInt32 = 9
    static let setVringBase: UInt32 = 10
    static let getVringBase: UInt32 = 11
    static let setVringKick: UInt32 = 12
    static let setVringCall: UInt32 = 13
    static let setVringErr: UInt32 = 14
    static let setProtocolFeatures: UInt32 = 16
    static let setVringEnable: UInt32 = 18
    static let setBackendReqFD: UInt32 = 21
    static let getConfig: UInt32 = 24
    static let setConfig: UInt32 = 25
    static let addMemReg: UInt32 = 37
    static let remMemReg: UInt32 = 38
    static let setStatus: UInt32 = 39
    /// Messages without a payload: queries, SET_OWNER, and those that only pass a descriptor.
    static let empty: [UInt32] = [1, 3, 4, 15, 17, 21, 33, 34, 36, 40, 44]
  }

  func message() -> [UInt8] {
    let flags: UInt32 = choices.oneIn(16) ? choices.word() : choices.pick(1, 9)
    var payload = ByteWriter()
    let request: UInt32
    switch choices.below(12) {
    case 0, 1:
      request = choices.pick(Number.setFeatures, Number.setProtocolFeatures, Number.setStatus)
      payload.u64(choices.pick(0x1_7000_0002, 0x1_4000_0002, 0x1_0000_0000, 0x1_a229, 0, choices.long()))
    case 2, 3:
      request = choices.pick(Number.setVringNum, Number.setVringBase, Number.getVringBase, Number.setVringEnable)
      payload.u32(ring())
      payload.u32(choices.oneIn(2) ? choices.word() : choices.pick(1, 16, 0, 2, 32768))
    case 4:
      request = choices.pick(Number.setVringKick, Number.setVringCall, Number.setVringErr)
      payload.u64(UInt64(ring()) | (choices.oneIn(3) ? 0x100 : 0))
    case 5:
      request = Number.setVringAddr
      writeAddress(&payload)
    case 6, 7:
      request = Number.setMemTable
      let count = choices.below(4)
      payload.u32(choices.oneIn(16) ? choices.word() : UInt32(count))
      payload.u32(0)
      for _ in 0..<count { writeRegion(&payload) }
    case 8:
      request = choices.pick(Number.addMemReg, Number.remMemReg)
      payload.u64(0)
      writeRegion(&payload)
    case 9:
      request = choices.pick(Number.getConfig, Number.setConfig)
      let bytes = choices.run(atMost: 20)
      payload.u32(choices.word())
      payload.u32(choices.oneIn(2) ? UInt32(bytes.count) : choices.word())
      payload.u32(choices.word())
      payload.bytes(bytes)
    case 10: request = Number.empty[choices.below(Number.empty.count)]
    default:
      request = choices.word()
      payload.bytes(choices.run(atMost: 80))
    }
    let size = choices.oneIn(32) ? choices.word() : UInt32(payload.bytes.count)
    return Self.encode(request, flags: flags, size: size, payload.bytes)
  }

  static func encode(_ request: UInt32, flags: UInt32 = 1, size: UInt32? = nil, _ payload: [UInt8] = []) -> [UInt8] {
    var writer = ByteWriter(capacity: 12 + payload.count)
    writer.u32(request)
    writer.u32(flags)
    writer.u32(size ?? UInt32(payload.count))
    writer.bytes(payload)
    return writer.bytes
  }

  /// None, or one or more of what a peer may pass: memory, counters, a pipe's or a socket's end, what none of them is.
  func descriptors() -> [Descriptor] {
    let count = choices.oneIn(8) ? choices.below(12) : choices.below(3)
    return (0..<count).map { _ in
      expect("making a descriptor") {
        switch choices.below(6) {
        case 0, 1: return ram.file
        case 2:
          let counter = try EventCounter()
          kicks.append(counter)
          if choices.oneIn(2) { counter.signal() }
          return counter.descriptor
        case 3:
          let (ours, theirs) = try UnixSocket.makePair()
          others.append(ours.descriptor)
          return theirs.descriptor
        case 4: return try MappedMemory.makeFile(named: "small", count: UInt64(choices.word()))
        default: return try open(choices.pick("/dev/null", "/dev/zero", "/proc/self/exe", "/"))
        }
      }
    }
  }

  private func ring() -> UInt32 {
    choices.oneIn(16) ? choices.word() : UInt32(choices.below(2))
  }

  private func writeAddress(_ payload: inout ByteWriter) {
    let index = ring()
    payload.u32(index)
    payload.u32(choices.word())
    let layout = rings[Int(index) % 2].layout
    for address in [layout.descriptorTable, layout.usedRing, layout.availableRing] {
      payload.u64(choices.oneIn(4) ? choices.long() : GuestRAM.userAddress(of: address) &+ UInt64(choices.below(2)) * 8)
    }
    payload.u64(choices.long())
  }

  private func writeRegion(_ payload: inout ByteWriter) {
    // Whole memory, a part of it that may touch or overlap another, or anything.
    let offset = UInt64(choices.below(64)) * 4096
    let isPart = choices.oneIn(2)
    payload.u64(choices.oneIn(4) ? choices.long() : GuestRAM.guestBase + (isPart ? offset : 0))
    payload.u64(choices.oneIn(4) ? choices.long() : isPart ? UInt64(choices.below(16)) * 4096 : ram.count)
    payload.u64(choices.oneIn(4) ? choices.long() : GuestRAM.userBase + (isPart ? offset : 0))
    payload.u64(choices.oneIn(4) ? choices.long() : isPart ? offset : 0)
  }
}

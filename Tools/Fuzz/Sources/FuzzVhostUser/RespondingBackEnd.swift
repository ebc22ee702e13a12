import FuzzSupport
import GuestDriver
import LinuxIO
import VhostUser
import Virtqueue
import Wire

/// A back end played by the fuzzer: its replies test ``VhostUser/FrontEnd``. It sends them before the requests, so that
/// the front end never waits.
struct RespondingBackEnd {
  private static let maximumCalls = 40
  private var choices: Choices
  private let frontEnd: FrontEnd
  private let peer: UnixSocket
  private let ram: GuestRAM
  private let ring: DriverQueue
  /// The back end's end of the last channel.
  private var channel: UnixSocket?

  init(_ choices: Choices) throws {
    self.choices = choices
    let (ours, theirs) = try UnixSocket.makePair()
    try theirs.descriptor.setNonBlocking()
    frontEnd = try FrontEnd(ours, timeout: .zero)
    peer = theirs
    ram = try GuestRAM(count: 64 << 10)
    ring = try DriverQueue(size: 4, ram: ram)
  }

  mutating func run() throws {
    for _ in 0..<Self.maximumCalls where !choices.isEmpty {
      do {
        try call()
      } catch is FrontEndError {}
      // The back end takes what was sent, and what came along closes.
      let sent = try peer.receive(1 << 16)
      try sendOverChannel(sent.descriptors.last)
    }
  }

  /// Sends replies to these requests; the fuzzer may leave some out.
  private mutating func prepare(_ requests: UInt32...) throws {
    for request in requests where !choices.oneIn(8) {
      var reply = ByteWriter()
      reply.u32(choices.oneIn(8) ? choices.word() : request)
      reply.u32(choices.oneIn(8) ? choices.word() : 5)
      var payload = ByteWriter()
      switch choices.below(4) {
      case 0: payload.u64(0)
      case 1: payload.u64(choices.long())
      case 2: payload.u64(0x1_ffff_ffff)
      default: payload.bytes(choices.run(atMost: 40))
      }
      reply.u32(choices.oneIn(8) ? choices.word() : UInt32(payload.bytes.count))
      reply.bytes(payload.bytes)
      let files = choices.oneIn(8) ? Array(repeating: ram.file, count: choices.below(10)) : []
      _ = try? peer.sendSome(reply.bytes, descriptors: files)
    }
  }

  private mutating func call() throws {
    switch choices.below(17) {
    case 0:
      try prepare(1, 15, 16, 2)
      try frontEnd.negotiate(features: choices.long())
    case 1:
      try prepare(17, 36)
      require(try frontEnd.queueCount() >= 0, "a device has fewer than no queues")
      _ = try frontEnd.memorySlotCount()
    case 2:
      let (offset, count) = (Int(choices.word()), choices.below(256))
      var window = ByteWriter()
      for value in [24, 5, UInt32(12 + count), UInt32(offset), UInt32(count), 0] { window.u32(value) }
      window.bytes(choices.run(atMost: 32))
      window.zeros(choices.below(256))
      _ = try? peer.sendSome(window.bytes)
      require(try frontEnd.readConfiguration(at: offset, count: count).count == count, "the window has another size")
    case 3:
      try prepare(5)
      try frontEnd.share([SharedRegion(region(), file: ram.file)])
    case 4, 5:
      try prepare(8, 10, 9, 13, 14, 12, 18)
      _ = try frontEnd.startQueue(
        choices.below(3), layout: ring.layout, base: UInt16(truncatingIfNeeded: choices.word()))
    case 6:
      try prepare(18, 11)
      try frontEnd.stopQueue(choices.below(3))
    case 7:
      try prepare(25)
      try frontEnd.writeConfiguration(choices.run(atMost: 32), at: Int(choices.word()))
    case 8:
      try prepare(39, 40)
      try frontEnd.setStatus(choices.long())
      _ = try frontEnd.status()
    case 9:
      try prepare(34)
      try frontEnd.resetDevice()
    case 10:
      try prepare(21)
      try frontEnd.openBackEndChannel()
    case 11:
      try prepare(37, 38)
      try frontEnd.addMemory(SharedRegion(region(), file: ram.file))
      try frontEnd.removeMemory(region())
    case 12:
      try prepare(33)
      try frontEnd.attachDisplay(ram.file)
    case 13: _ = try frontEnd.waitForConfigurationChange(within: .zero)
    case 14: try openSharedMemory()
    default: _ = try frontEnd.wait(for: EventCounter(), within: .zero)
    }
  }

  /// Agrees on shared memory, with regions of any length.
  private mutating func openSharedMemory() throws {
    var words = ByteWriter()
    for value in [1, 5, 8] as [UInt32] { words.u32(value) }
    words.u64(0x1_4000_0000)
    for value in [15, 5, 8] as [UInt32] { words.u32(value) }
    words.u64(0x41_a629)
    for value in [2, 5, 8, 0, 0, 44, 5, 2056] as [UInt32] { words.u32(value) }
    words.u64(2)
    for _ in 0..<256 { words.u64(choices.oneIn(32) ? choices.long() : 64 << 10) }
    for value in [21, 5, 8, 0, 0] as [UInt32] { words.u32(value) }
    _ = try? peer.sendSome(words.bytes)
    try frontEnd.negotiate(features: 0, protocolFeatures: .supported.union(.sharedMemorySupport))
    try frontEnd.openSharedMemory()
  }

  private mutating func region() -> MemoryRegion {
    MemoryRegion(
      guestAddress: choices.oneIn(4) ? choices.long() : GuestRAM.guestBase,
      count: choices.oneIn(4) ? choices.long() : ram.count,
      userAddress: choices.oneIn(4) ? choices.long() : GuestRAM.userBase, fileOffset: 0)
  }

  /// The back end's own requests, over the channel that it was given.
  private mutating func sendOverChannel(_ descriptor: Descriptor?) throws {
    if let descriptor, try descriptor.status().isSocket { channel = UnixSocket(descriptor) }
    guard let channel else { return }
    for _ in 0..<choices.below(4) {
      var message = ByteWriter()
      let request: UInt32 = choices.oneIn(8) ? choices.word() : choices.pick(2, 9, 9, 10)
      let hasPlace = request != 2 && !choices.oneIn(8)
      for value in [request, choices.oneIn(8) ? choices.word() : 9, hasPlace ? 40 : UInt32(choices.below(2) * 4)] {
        message.u32(value)
      }
      if hasPlace {
        message.u64(choices.oneIn(8) ? choices.long() : 1)
        for _ in 0..<3 { message.u64(choices.oneIn(8) ? choices.long() : UInt64(choices.below(4)) << 12) }
        message.u64(choices.pick(1, 0, choices.long()))
      } else {
        message.bytes(choices.run(atMost: 8))
      }
      let files = request == 9 || choices.oneIn(8) ? [ram.file] : []
      _ = try? channel.sendSome(message.bytes, descriptors: files)
    }
    for window in frontEnd.sharedMemory.values where window.mappingCount > 0 {
      let offset = choices.oneIn(4) ? choices.long() : UInt64(choices.below(4)) << 12
      if let byte = try? window.read(at: offset, count: 1) { try? window.write(byte, at: offset) }
    }
  }
}

import CLinux
import Glibc
import GuestDriver
import LinuxIO
import Testing
import VhostUser
import Virtqueue

/// Peers that try to make the device wait for a counter, for a descriptor to close, or for a file system. It goes on,
/// and the next peer is served.
@Suite("A peer that blocks", .timeLimit(.minutes(10)))
struct BlockingPeerTests {
  /// A session whose control queue runs, and its socket.
  private func startQueue(_ program: ServedProgram) throws -> (UnixSocket, FrontEnd, FrontEnd.QueueEvents) {
    let ram = try GuestRAM(count: 1 << 20)
    let socket = try UnixSocket.connect(to: program.socketPath)
    let frontEnd = try FrontEnd(socket, timeout: .seconds(60))
    try frontEnd.negotiate(features: 1 << 32)
    let region = MemoryRegion(
      guestAddress: GuestRAM.guestBase, count: ram.count, userAddress: GuestRAM.userBase, fileOffset: 0)
    try frontEnd.share([SharedRegion(region, file: ram.file)])
    let layout = VirtqueueLayout(
      size: 16, descriptorTable: GuestRAM.guestBase, availableRing: GuestRAM.guestBase + 0x1000,
      usedRing: GuestRAM.guestBase + 0x2000)
    return (socket, frontEnd, try frontEnd.startQueue(0, layout: layout))
  }

  @Test("by taking the count of a kick that blocks, before the device can, does not block the device")
  func stolenKick() throws {
    let program = try ServedProgram()
    do {
      let (_, frontEnd, events) = try startQueue(program)
      #expect(fcntl(events.kick.descriptor.rawValue, F_SETFL, O_RDWR) == 0)
      for _ in 0..<100_000 {
        events.kick.signal()
        _ = take(events.kick.descriptor)
      }
      #expect(try frontEnd.queueCount() == 2)
    }
    program.expectNextServed()
    program.expectOrderlyEnd()
  }

  @Test("by filling a call that blocks, just when the device raises it, does not block the device")
  func fullCall() throws {
    let program = try ServedProgram()
    do {
      let (_, frontEnd, _) = try startQueue(program)
      let call = try EventCounter().descriptor
      let isDone = try EventCounter()
      let filler = try NamedThread("filler") {
        while !isDone.drain() {
          _ = take(call)
          fill(call)
        }
      }
      // The call of a ring that runs is raised when it is set.
      for _ in 0..<2000 { try frontEnd.tell(.setVringCall(VringEvent(index: 0, descriptor: call))) }
      isDone.signal()
      filler.join()
      fill(call)
      for _ in 0..<10 { try frontEnd.tell(.setVringCall(VringEvent(index: 0, descriptor: call))) }
    }
    program.expectNextServed()
    program.expectOrderlyEnd()
  }

  /// Message with a descriptor that blocks when it is closed.
  enum Way: CaseIterable {
    case asKick, asDisplay, asMemory, asChannel, beyondNeed, inHalfAMessage, neverRead
  }

  @Test("by sending a descriptor that does not close does not block the device", arguments: Way.allCases)
  func lingering(way: Way) throws {
    let program = try ServedProgram()
    let network = try LingeringSocket()
    do {
      let (socket, frontEnd, _) = try startQueue(program)
      // Our own reference goes before the device's does: else closing would block us.
      try program.whileStopped { try send(network.connect(), way, over: socket) }
      withExtendedLifetime(frontEnd) {}
    }
    program.expectNextServed()
    program.expectOrderlyEnd()
    withExtendedLifetime(network) {}
  }

  private func send(_ descriptor: Descriptor, _ way: Way, over socket: UnixSocket) throws {
    func send(_ message: FrontEndMessage) throws {
      try socket.send(message.encoded(flags: .version), descriptors: message.descriptors)
    }
    switch way {
    case .asKick: try send(.setVringKick(VringEvent(index: 0, descriptor: descriptor)))
    case .asDisplay:
      try send(.gpuSetSocket(descriptor))
      try send(.gpuSetSocket(UnixSocket.makePair().0.descriptor))
    case .asMemory:
      let region = MemoryRegion(guestAddress: 0, count: 4096, userAddress: 0, fileOffset: 0)
      try send(.setMemTable([SharedRegion(region, file: descriptor)]))
    case .asChannel: try send(.setBackendReqFD(descriptor))
    case .beyondNeed:
      try socket.send(FrontEndMessage.getFeatures.encoded(flags: .version), descriptors: [descriptor])
    case .inHalfAMessage: try socket.send([1, 0, 0], descriptors: [descriptor])
    case .neverRead:
      try socket.send([UInt8](repeating: 0xff, count: 12))
      try socket.send([1, 0, 0], descriptors: [descriptor])
    }
  }

  @Test("by sharing a file as memory that a file system of its own may keep back is refused")
  func foreignFile() throws {
    let program = try ServedProgram()
    do {
      let frontEnd = try program.connect()
      try frontEnd.negotiate(features: 1 << 32)
      // Safe: the path is only read.
      let file = Descriptor(owning: unsafe open("/proc/self/exe", O_RDONLY | O_CLOEXEC))
      let region = MemoryRegion(guestAddress: 0, count: 4096, userAddress: 0, fileOffset: 0)
      #expect(throws: FrontEndError.refused(request: 5)) { try frontEnd.share([SharedRegion(region, file: file)]) }
      #expect(program.running.logs("not a memfd"))
    }
    program.expectNextServed()
    program.expectOrderlyEnd()
  }
}

/// Takes the count of an eventfd, without waiting for one.
private func take(_ counter: Descriptor) -> UInt64 {
  var count: UInt64 = 0
  // Safe: eight bytes are written to a local.
  return unsafe clinux_eventfd_take(counter.rawValue, &count) == 8 ? count : 0
}

/// Fills an eventfd, so that one more has to wait for room, and makes its writes block.
private func fill(_ counter: Descriptor) {
  var most = UInt64.max - 1
  _ = fcntl(counter.rawValue, F_SETFL, O_RDWR | O_NONBLOCK)
  // Safe: eight bytes are read from a local.
  _ = unsafe write(counter.rawValue, &most, 8)
  _ = fcntl(counter.rawValue, F_SETFL, O_RDWR)
}

import CLinux
import Glibc
import LinuxIO
import Testing

@Suite("Event counters shared with a peer", .timeLimit(.minutes(5)))
struct EventCounterTests {
  /// An eventfd as a peer makes it.
  private func makeEventCounter(_ count: UInt32 = 0, _ flags: Int = 0) throws -> Descriptor {
    let raw = eventfd(count, Int32(flags))
    guard raw >= 0 else { throw SystemError("make an eventfd", code: errno) }
    return Descriptor(owning: raw)
  }

  private func read(_ counter: Descriptor) -> UInt64 {
    var count: UInt64 = 0
    // Safe: eight bytes are written to a local that lives across the call.
    return unsafe Glibc.read(counter.rawValue, &count, 8) == 8 ? count : 0
  }

  @Test("a signal adds one, which every process that has the counter finds")
  func signals() throws {
    let peer = try makeEventCounter()
    let counter = try EventCounter(adopting: peer.duplicate())
    for _ in 0..<1000 { counter.signal() }
    #expect(read(peer) == 1000)
    counter.signal()
    #expect(counter.take() == .counted)
    #expect(counter.take() == .zero)
  }

  @Test("two threads that signal at once lose no signal")
  func threads() throws {
    let counter = try EventCounter(adopting: makeEventCounter())
    let threads = try (0..<2).map { _ in try NamedThread("signals") { for _ in 0..<5000 { counter.signal() } } }
    for thread in threads { thread.join() }
    #expect(read(counter.descriptor) == 10_000)
  }

  @Test("a full counter that its peer made blocking again blocks no call, and stays full")
  func full() throws {
    let peer = try makeEventCounter()
    let counter = try EventCounter(adopting: peer)
    var largest = UInt64.max - 1
    // Safe: eight bytes are read from a local that lives across the call.
    #expect(unsafe write(peer.rawValue, &largest, 8) == 8)
    #expect(fcntl(peer.rawValue, F_SETFL, O_RDWR) == 0)
    for _ in 0..<300 { counter.signal() }
    #expect(counter.take() == .counted)
    counter.signal()
    #expect(counter.take() == .counted)
  }

  @Test("an empty counter that its peer made blocking again blocks no call")
  func empty() throws {
    let peer = try makeEventCounter()
    let counter = try EventCounter(adopting: peer)
    #expect(fcntl(peer.rawValue, F_SETFL, O_RDWR) == 0)
    #expect(counter.take() == .zero)
  }

  @Test("a peer that takes the count in the same moment, and keeps making the counter blocking, blocks no call")
  func race() throws {
    let peer = try makeEventCounter()
    let counter = try EventCounter(adopting: peer.duplicate())
    let isDone = try EventCounter()
    let thief = try NamedThread("thief") { [self] in
      while !isDone.drain() {
        counter.signal()
        _ = fcntl(peer.rawValue, F_SETFL, O_NONBLOCK)
        _ = read(peer)
        _ = fcntl(peer.rawValue, F_SETFL, 0)
      }
    }
    for _ in 0..<20_000 where counter.take() == .gone { Issue.record("the counter is said to be gone") }
    isDone.signal()
    thief.join()
  }

  @Test("a semaphore that counts down by ones wakes a loop once for each signal, not for what is left in it")
  func semaphore() throws {
    let counter = try EventCounter(adopting: makeEventCounter(1 << 30, Int(EFD_SEMAPHORE)))
    let loop = try EventLoop()
    var calls = 0
    try loop.watch(counter.descriptor, for: .readableEdge) {
      calls += 1
      #expect(counter.take() == .counted)
    }
    for _ in 0..<10 { try loop.runOnce(timeoutMilliseconds: 0) }
    #expect(calls == 1)
    counter.signal()
    for _ in 0..<10 { try loop.runOnce(timeoutMilliseconds: 0) }
    #expect(calls == 2)
  }

  @Test("a socket carries counts of eight bytes, all of which are taken at once")
  func socket() throws {
    let (near, far) = try UnixSocket.makePair()
    let counter = try EventCounter(adopting: far.descriptor)
    #expect(counter.take() == .zero)
    for _ in 0..<100 { try near.send([1, 0, 0, 0, 0, 0, 0, 0]) }
    #expect(counter.take() == .counted)
    #expect(counter.take() == .zero)
    counter.signal()
    #expect(try near.receive(64).bytes == [1, 0, 0, 0, 0, 0, 0, 0])
    near.shutdown()
    counter.signal()
    #expect(counter.take() == .gone)
  }

  @Test("a full socket that its peer made blocking again blocks no call")
  func fullSocket() throws {
    let (near, far) = try UnixSocket.makePair()
    let counter = try EventCounter(adopting: far.descriptor)
    while try far.sendSome([UInt8](repeating: 0, count: 4096)) != nil {}
    #expect(fcntl(far.descriptor.rawValue, F_SETFL, O_RDWR) == 0)
    counter.signal()
    #expect(counter.take() == .zero)
    withExtendedLifetime(near) {}
  }

  @Test(
    "only an eventfd or a Unix stream socket is accepted as a counter",
    arguments: ["/dev/null", "/proc/self/exe", "/tmp", "pipe", "memory", "timer", "network", "datagrams"])
  func noCounter(what: String) throws {
    let descriptor: Descriptor
    switch what {
    case "pipe":
      var ends: [Int32] = [-1, -1]
      // Safe: two integers are stored, in an array that has two.
      try #require(unsafe pipe(&ends) == 0)
      _ = Descriptor(owning: ends[0])
      descriptor = Descriptor(owning: ends[1])
    case "memory": descriptor = try MappedMemory.makeFile(named: "anon_inode:[eventfd]", count: 4096)
    case "timer": descriptor = try Timer().descriptor
    case "network": descriptor = Descriptor(owning: Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
    case "datagrams": descriptor = Descriptor(owning: Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0))
    default:
      // Safe: the path is only read.
      descriptor = Descriptor(owning: unsafe open(what, O_RDONLY))
    }
    try #require(descriptor.rawValue >= 0)
    let error = #expect(throws: SystemError.self) { try EventCounter(adopting: descriptor) }
    #expect(error?.code == EINVAL)
  }

  @Test("waiting ends with a signal, or in time without one")
  func waits() throws {
    let counter = try EventCounter()
    #expect(try !counter.wait(timeoutMilliseconds: 1))
    counter.signal()
    #expect(try counter.wait(timeoutMilliseconds: -1))
    #expect(try !counter.wait(timeoutMilliseconds: 0))
  }
}

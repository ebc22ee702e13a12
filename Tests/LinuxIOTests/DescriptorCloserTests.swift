import Glibc
import Synchronization
import Testing

@testable import LinuxIO

@Suite("Closing descriptors of peers", .timeLimit(.minutes(5)))
struct DescriptorCloserTests {
  /// What a closer with fakes for descriptors has done.
  private final class Log: Sendable {
    let closed = Mutex<Set<Int32>>([])
    let changed: EventCounter

    init() throws { changed = try EventCounter() }

    func close(_ number: Int32) {
      closed.withLock { _ = $0.insert(number) }
      changed.signal()
    }

    func wait(for numbers: Set<Int32>) throws -> Bool {
      while !closed.withLock({ $0.isSuperset(of: numbers) }) {
        guard try changed.wait(timeoutMilliseconds: 60_000) else { return false }
      }
      return true
    }
  }

  @Test("descriptors that do not close delay no others until all threads wait; this is reported, and closing resumes")
  func stuck() throws {
    let log = try Log()
    let (gate, held) = try UnixSocket.makePair()
    let closer = DescriptorCloser(maximumThreads: 4) { number in
      // An odd one closes when the test lets it.
      if number % 2 == 1 { _ = try? held.receive(1) }
      log.close(number)
    }
    for number in [1, 3, 5, 2, 4] as [Int32] { closer.close(number) }
    #expect(try log.wait(for: [2, 4]))
    #expect(!closer.isStuck)
    for number in [7, 6] as [Int32] { closer.close(number) }
    let more = (Int32(50)..<150).map { $0 * 2 }
    for number in more { closer.close(number) }
    // The fourth thread may have taken the seventh by now, or be about to.
    while !closer.isStuck { usleep(1000) }
    try gate.send([0, 0, 0, 0])
    #expect(try log.wait(for: Set([1, 2, 3, 4, 5, 6, 7] + more)))
    #expect(!closer.isStuck)
  }

  @Test("a descriptor of a peer is closed soon after its last reference goes")
  func closes() throws {
    let (near, far) = try UnixSocket.makePair()
    do {
      let copy = dup(far.descriptor.rawValue)
      let foreign = Descriptor(foreign: copy)
      try near.send([1], descriptors: [foreign.duplicate()])
      #expect(try far.receive(1).descriptors.count == 1)
    }
    while DescriptorCloser.shared.unclosedCount > 0 { usleep(1000) }
    withExtendedLifetime((near, far)) {}
  }
}

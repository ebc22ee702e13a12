import Glibc
import LinuxIO
import Testing

/// The two ends of a pipe, for reading and for writing.
private func makePipe() throws -> (Descriptor, Descriptor) {
  var ends: [Int32] = [-1, -1]
  // Safe: two integers are stored, in an array that has two.
  guard unsafe pipe(&ends) == 0 else { throw SystemError("make a pipe", code: errno) }
  return (Descriptor(owning: ends[0]), Descriptor(owning: ends[1]))
}

@Suite("Counters and pipes of a peer")
struct QuietWriteTests {
  @Test("a pipe whose reader is gone raises no signal")
  func brokenPipe() throws {
    let counter = try EventCounter(adopting: makePipe().1)
    // Programs that other tests start have the reader too, until they run.
    var entry = pollfd(fd: counter.descriptor.rawValue, events: 0, revents: 0)
    // Safe: one entry is read and written, a local that lives across the call.
    #expect(unsafe poll(&entry, 1, 10_000) == 1)
    counter.signal()
    let error = #expect(throws: SystemError.self) { try counter.descriptor.writeSome([1]) }
    #expect(error?.isDisconnection == true)
  }

  @Test("a full pipe is left alone")
  func fullPipe() throws {
    let (reader, writer) = try makePipe()
    let counter = try EventCounter(adopting: writer)
    while try writer.writeSome([UInt8](repeating: 0, count: 4096)) != nil {}
    counter.signal()
    withExtendedLifetime(reader) {}
  }

  @Test("a full counter or pipe that its peer made blocking again does not hold the writer")
  func blockingAgain() throws {
    let full = try EventCounter().descriptor
    let counter = try EventCounter(adopting: full)
    // The largest count there is: one more would wait for a reader.
    _ = try full.writeSome([0xfe] + Array(repeating: 0xff, count: 7))
    let (reader, writer) = try makePipe()
    let pipe = try EventCounter(adopting: writer)
    while try writer.writeSome([UInt8](repeating: 0, count: 4096)) != nil {}
    for peer in [full, writer] { #expect(fcntl(peer.rawValue, F_SETFL, O_RDWR) == 0) }
    counter.signal()
    pipe.signal()
    #expect(try writer.writeSome([1]) == nil)
    #expect(counter.take() == .counted)
    counter.signal()
    #expect(counter.take() == .counted)
    withExtendedLifetime(reader) {}
  }

  @Test(
    "a counter that two wait for, and that its peer made blocking again, does not hold the second",
    .timeLimit(.minutes(5)))
  func readByAnother() throws {
    let shared = try EventCounter().descriptor
    let (first, second) = (try EventCounter(adopting: shared), try EventCounter(adopting: shared.duplicate()))
    #expect(fcntl(shared.rawValue, F_SETFL, O_RDWR) == 0)
    first.signal()
    #expect(first.take() == .counted)
    #expect(second.take() == .zero)
  }

  @Test(
    "what is neither eventfd nor pipe nor socket is no counter", arguments: ["/dev/null", "/proc/self/exe", "/tmp"])
  func noCounter(path: String) throws {
    // Safe: the path is only read.
    let raw = unsafe open(path, O_RDONLY)
    try #require(raw >= 0)
    #expect(throws: SystemError.self) { try EventCounter(adopting: Descriptor(owning: raw)) }
  }

  @Test("a counter, a counter at zero and a counter that is gone are told apart")
  func readings() throws {
    let (reader, writer) = try makePipe()
    let counter = try EventCounter(adopting: reader)
    #expect(counter.take() == .zero)
    _ = try writer.writeSome([1, 0, 0, 0, 0, 0, 0, 0])
    #expect(counter.take() == .counted)
    let abandoned = try EventCounter(adopting: makePipe().0)
    #expect(try abandoned.descriptor.wait(for: .readable, timeoutMilliseconds: 10_000))
    #expect(abandoned.take() == .gone)
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

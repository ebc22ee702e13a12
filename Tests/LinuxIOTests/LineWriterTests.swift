import Glibc
import LinuxIO
import Testing

@Suite("A line writer", .timeLimit(.minutes(5)))
struct LineWriterTests {
  private static let bound: Int32 = 120_000

  private func makeWriter(to socket: UnixSocket, capacity: Int) throws -> LineWriter {
    try LineWriter(to: socket.descriptor, capacity: capacity) { "\($0) lines were dropped" }
  }

  /// Reads as many lines.
  private func lines(_ socket: UnixSocket, count: Int) throws -> [String] {
    var lines: [String] = []
    try read(socket) {
      lines.append($0)
      return lines.count < count
    }
    return lines
  }

  /// Reads lines until one is `last`.
  private func lines(_ socket: UnixSocket, until last: String) throws -> [String] {
    var lines: [String] = []
    try read(socket) {
      lines.append($0)
      return $0 != last
    }
    return lines
  }

  /// Reads lines while `wantsMore`, and nothing behind the last.
  private func read(_ socket: UnixSocket, wantsMore: (String) -> Bool) throws {
    var line: [UInt8] = []
    while true {
      try #require(try socket.descriptor.wait(for: .readable, timeoutMilliseconds: Self.bound))
      let byte = try #require(try socket.receive(1).bytes.first)
      guard byte == 0x0a else {
        line.append(byte)
        continue
      }
      if !wantsMore(String(decoding: line, as: UTF8.self)) { return }
      line = []
    }
  }

  @Test("writes lines in their order, and ends when all are written")
  func order() throws {
    let (near, far) = try UnixSocket.makePair()
    let writer = try makeWriter(to: near, capacity: 4096)
    for number in 0..<5 { writer.write("line \(number)") }
    #expect(writer.finish(withinMilliseconds: Self.bound))
    #expect(try lines(far, until: "line 4") == (0..<5).map { "line \($0)" })
  }

  @Test("a reader that does not read delays no caller, and once it reads it is told how many lines were dropped")
  func stuck() throws {
    let (near, far) = try UnixSocket.makePair()
    let writer = try makeWriter(to: near, capacity: 10_000)
    // Until the socket is full; a writer that gets no processor drops lines before that.
    let line = String(repeating: "x", count: 999)
    var written = 0
    repeat {
      for _ in 0..<20_000 { writer.write(line) }
      written += 20_000
    } while writer.flush(withinMilliseconds: 1)
    var kept = 0
    var dropped = 0
    while kept + dropped < written {
      for next in try lines(far, count: 1) {
        if next == line { kept += 1 } else { dropped += try #require(Int(next.prefix { $0 != " " })) }
      }
    }
    #expect(kept + dropped == written)
    #expect(kept > 10 && dropped > 1000)
    writer.write("the next line")
    #expect(try lines(far, count: 1) == ["the next line"])
    #expect(writer.finish(withinMilliseconds: Self.bound))
  }

  @Test("the count of what was dropped comes before the line that follows")
  func place() throws {
    let (near, far) = try UnixSocket.makePair()
    let writer = try makeWriter(to: near, capacity: 100)
    writer.write("first")
    #expect(writer.flush(withinMilliseconds: Self.bound))
    for _ in 0..<3 { writer.write(String(repeating: "x", count: 100)) }
    writer.write("last")
    #expect(writer.finish(withinMilliseconds: Self.bound))
    // The thread may look between two of them.
    let all = try lines(far, until: "last")
    #expect(all.first == "first")
    let dropped = all.dropFirst().dropLast().compactMap { Int($0.prefix { $0 != " " }) }
    #expect(dropped.reduce(0, +) == 3)
  }

  @Test("a reader that does not read does not hold the end")
  func stuckEnd() throws {
    let (near, far) = try UnixSocket.makePair()
    let writer = try makeWriter(to: near, capacity: 1 << 20)
    for _ in 0..<1000 { writer.write(String(repeating: "x", count: 999)) }
    #expect(!writer.finish(withinMilliseconds: 1))
    // When it goes away the thread ends.
    far.shutdown()
    #expect(writer.finish(withinMilliseconds: Self.bound))
  }

  @Test("a reader that left raises no signal, and everything is dropped")
  func gone() throws {
    let near: UnixSocket
    do { near = try UnixSocket.makePair().0 }
    let writer = try makeWriter(to: near, capacity: 1 << 20)
    for _ in 0..<100 { writer.write("a line") }
    #expect(writer.finish(withinMilliseconds: Self.bound))
  }

  @Test("a full disk is tried at most once a second, and does not hold the end")
  func full() throws {
    // Safe: the path is only read.
    let file = unsafe open("/dev/full", O_WRONLY | O_CLOEXEC)
    try #require(file >= 0)
    let start = ContinuousClock.now
    let writer = try LineWriter(to: Descriptor(owning: file)) { "\($0) lines were dropped" }
    for _ in 0..<100 { writer.write("a line") }
    // The first fails at once, and the second a second later.
    for _ in 0..<12_000 where writer.attempts < 2 { usleep(10_000) }
    let attempts = writer.attempts
    let elapsed = (ContinuousClock.now - start).components.seconds
    #expect(attempts >= 2 && attempts <= Int(elapsed) + 1)
    #expect(writer.finish(withinMilliseconds: Self.bound))
  }

  @Test("offered text is left out while something is to be written, and is not counted")
  func offered() throws {
    let (near, far) = try UnixSocket.makePair()
    let writer = try makeWriter(to: near, capacity: 1 << 20)
    writer.offer("50 %")
    #expect(writer.flush(withinMilliseconds: Self.bound))
    for _ in 0..<1000 { writer.write(String(repeating: "x", count: 999)) }
    writer.offer("60 %")
    _ = try lines(far, count: 1000)
    writer.write("last")
    #expect(try lines(far, count: 1) == ["last"])
    #expect(writer.finish(withinMilliseconds: Self.bound))
  }
}

import Foundation
import LinuxIO
import Testing
import VhostUser
import Virtio
import Virtqueue

@Suite("The server")
struct ServerTests {
  private let path = "/tmp/vhost-\(UInt64.random(in: 0 ... .max))"

  @Test("serves one front end after the other at a path")
  func oneAfterTheOther() throws {
    let server = try ServerThread(path: path)
    for _ in 0..<100 {
      let frontEnd = try FrontEnd.connect(to: path)
      try frontEnd.negotiate(features: FeatureBits.version1)
      #expect(try frontEnd.queueCount() == 2)
    }
    server.stop()
    #expect(!FileManager.default.fileExists(atPath: path))
    let left = server.events.take().filter { $0 == "the session is over: the front end closed the connection" }
    #expect(left.count >= 99)
  }

  @Test("turns a second front end away at once, and keeps the first")
  func second() throws {
    let server = try ServerThread(path: path)
    let first = try FrontEnd.connect(to: path)
    try first.negotiate(features: FeatureBits.version1)
    let second = try FrontEnd.connect(to: path)
    #expect(throws: FrontEndError.closed) { try second.negotiate(features: 0) }
    #expect(try first.queueCount() == 2)
    server.stop()
    #expect(server.events.take().contains("a second front end was turned away: one is served at a time"))
  }

  @Test("a front end that left just before is not in the way of the next")
  func leftJustBefore() throws {
    let loop = try EventLoop()
    let events = Journal()
    let server = Server(device: EchoDevice(), loop: loop) { events.write("\($0)") }
    try server.listen(at: path)
    let front = try UnixSocket.connect(to: path)
    try loop.runOnce(timeoutMilliseconds: 0)
    #expect(server.isServing)
    // Both are found in the same round of the loop, whatever their order.
    front.shutdown()
    let next = try UnixSocket.connect(to: path)
    try loop.runOnce(timeoutMilliseconds: 0)
    try loop.runOnce(timeoutMilliseconds: 0)
    #expect(server.isServing)
    #expect(!events.take().contains { $0.contains("turned away") })
    server.stop()
    withExtendedLifetime(next) {}
  }

  @Test("a path in use is an error, and so is one that is too long")
  func badPaths() throws {
    let server = try ServerThread(path: path)
    let loop = try EventLoop()
    let other = Server(device: EchoDevice(), loop: loop) { _ in }
    #expect(throws: SystemError.self) { try other.listen(at: path) }
    #expect(throws: SystemError.self) { try other.listen(at: String(repeating: "x", count: 108)) }
    server.stop()
  }

  @Test("a stop ends the session, resets the device and frees the path")
  func stop() throws {
    let server = try ServerThread(path: path)
    let frontEnd = try FrontEnd.connect(to: path)
    try frontEnd.negotiate(features: FeatureBits.version1)
    server.stop()
    #expect(server.events.take().last == "the session is over: the back end was stopped")
    #expect(server.journal.take().suffix(2) == ["reset", "memory 0"])
    #expect(throws: FrontEndError.closed) { try frontEnd.queueCount() }
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test("nothing wakes up while the guest is idle")
  func idle() throws {
    var (bench, _, ring, counters) = try SessionBench.running()
    try ring.post([1])
    counters.kick.signal()
    try bench.pump()
    let before = bench.loop.wakeUps
    try bench.loop.runOnce(timeoutMilliseconds: 50)
    // One return, and that at the time-out.
    #expect(bench.loop.wakeUps == before + 1)
    counters.kick.signal()
    try bench.loop.runOnce(timeoutMilliseconds: 1000)
    #expect(bench.loop.wakeUps == before + 2)
  }

  @Test("a hundred sessions with memory, rings and display leave no descriptor behind")
  func leaks() async throws {
    await #expect(processExitsWith: .success) {
      func count() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
      let bench = try SessionBench()
      func session() throws {
        try bench.connect()
        let ram = try TestRAM()
        try bench.negotiate(ram)
        for queue in 0..<2 {
          let counters = try bench.setUp(ram, queue: queue)
          try bench.enable(UInt32(queue))
          var ring = DriverRing(ram, queue: queue)
          try ring.post([1, 2])
          counters.kick.signal()
        }
        try bench.send(.gpuSetSocket(UnixSocket.makePair().1.descriptor))
        try bench.send(.setBackendReqFD(UnixSocket.makePair().1.descriptor))
        // Half a message, with a descriptor that nobody asked for.
        try bench.send([1, 0, 0], descriptors: [makeToken("surplus")])
      }
      try session()
      let before = try count()
      for _ in 0..<100 { try session() }
      // What a peer sent is closed by another thread.
      for _ in 0..<60_000 where DescriptorCloser.shared.unclosedCount > 0 { usleep(1000) }
      // The runtime opens one now and then; a leak would be one of each session.
      guard try count() < before + 20 else { throw SystemError("descriptors leaked", code: 24) }
    }
  }
}

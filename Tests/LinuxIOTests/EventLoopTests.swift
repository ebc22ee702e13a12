import Glibc
import LinuxIO
import Testing

@Suite("The event loop")
struct EventLoopTests {
  @Test("a signalled counter calls its handler, once until it is signalled again")
  func counter() throws {
    let loop = try EventLoop()
    let counter = try EventCounter()
    var calls = 0
    try loop.watch(counter.descriptor) {
      calls += 1
      counter.drain()
    }
    counter.signal()
    counter.signal()
    try loop.runOnce(timeoutMilliseconds: 1000)
    try loop.runOnce(timeoutMilliseconds: 0)
    #expect(calls == 1)
    counter.signal()
    try loop.runOnce(timeoutMilliseconds: 1000)
    #expect(calls == 2)
  }

  @Test("a cancelled registration is not called, even in the round in which it was ready")
  func cancelled() throws {
    let loop = try EventLoop()
    let (first, second) = (try EventCounter(), try EventCounter())
    var calls = 0
    var registrations: [EventLoop.Registration] = []
    for counter in [first, second] {
      registrations.append(
        try loop.watch(counter.descriptor) {
          calls += 1
          registrations.forEach(loop.cancel)
        })
      counter.signal()
    }
    try loop.runOnce(timeoutMilliseconds: 1000)
    try loop.runOnce(timeoutMilliseconds: 0)
    #expect(calls == 1)
  }

  @Test("another thread stops it, and an error of a handler ends it")
  func ends() throws {
    struct Done: Error {}
    let loop = try EventLoop()
    let counter = try EventCounter()
    try loop.watch(counter.descriptor) { throw Done() }
    counter.signal()
    #expect(throws: Done.self) { try loop.run() }
    counter.drain()
    loop.stop()
    try loop.run()
  }

  @Test("a peer that closed makes a socket readable, and the read says so")
  func endOfFile() throws {
    let loop = try EventLoop()
    var ended = false
    let (near, far) = try UnixSocket.makePair()
    far.shutdown()
    try loop.watch(near.descriptor) { ended = try near.receive(16).isEnd }
    try loop.runOnce(timeoutMilliseconds: 1000)
    #expect(ended)
  }

  @Test("a timer fires once each time it is set, and not after it is cancelled")
  func timer() throws {
    let loop = try EventLoop()
    let timer = try Timer()
    var count = 0
    try loop.watch(timer.descriptor) {
      timer.acknowledge()
      count += 1
    }
    for expected in 1...2 {
      timer.set(after: 0)
      try loop.runOnce(timeoutMilliseconds: 5000)
      #expect(count == expected)
    }
    timer.set(after: 1_000_000)
    timer.set(after: nil)
    try loop.runOnce(timeoutMilliseconds: 20)
    #expect(count == 2)
    timer.set(after: .max)
    try loop.runOnce(timeoutMilliseconds: 0)
    #expect(count == 2)
  }
}

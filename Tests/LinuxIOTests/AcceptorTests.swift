import Glibc
import LinuxIO
import Testing

@Suite("Accepting connections", .timeLimit(.minutes(5)))
struct AcceptorTests {
  @Test("a connection for which there are no descriptors costs a pause and one sentence; the next is accepted")
  func pause() throws {
    let path = "/tmp/scanout-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"
    let loop = try EventLoop()
    var (accepted, failures) = (0, [Int32]())
    var failuresLeft = 2
    let acceptor = try Acceptor(
      UnixListener(path: path), loop: loop,
      accepted: { (socket) throws(SystemError) in
        failuresLeft -= 1
        if failuresLeft >= 0 { throw SystemError("serve a connection", code: EMFILE) }
        accepted += 1
      }, failed: { failures.append($0.code) })
    let clients = try (0..<4).map { _ in try UnixSocket.connect(to: path) }
    while accepted < 2 { try loop.runOnce(timeoutMilliseconds: 60_000) }
    #expect(failures == [EMFILE])
    // Each failure: it woke up for the connection, and for the end of the pause.
    #expect(loop.wakeUps == 6)
    acceptor.stop()
    withExtendedLifetime(clients) {}
  }
}

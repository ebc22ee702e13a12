import LinuxIO
import Testing
import Virtqueue

@testable import VhostUser

@Suite("Rings")
struct RingTests {
  @Test("a request is answered and the driver is told")
  func answers() throws {
    var (bench, _, ring, counters) = try Bench.running()
    try ring.post([1, 2, 3])
    counters.kick.signal()
    try bench.pump()
    #expect(try ring.answers() == [[3, 2, 1]])
    #expect(counters.call.drain())
  }
}

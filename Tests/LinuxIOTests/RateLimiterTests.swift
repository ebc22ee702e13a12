import LinuxIO
import Testing

@Suite("A rate limiter")
struct RateLimiterTests {
  @Test("admits a number of lines in each interval; the first interval starts with the first line")
  func intervals() {
    var limiter = RateLimiter(count: 2, interval: 100)
    #expect([5, 6, 7, 104].map { limiter.take(at: $0) } == [true, true, false, false])
    #expect([105, 106, 107, 204, 205].map { limiter.take(at: $0) } == [true, true, false, false, true])
  }

  @Test("says once how many it refused")
  func refused() {
    var limiter = RateLimiter(count: 1, interval: 100)
    #expect(limiter.takeRefused() == 0)
    for time in UInt64(0)..<5 { _ = limiter.take(at: time) }
    #expect(limiter.takeRefused() == 4)
    #expect(limiter.takeRefused() == 0)
  }
}

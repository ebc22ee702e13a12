import LinuxIO
import Testing

@Suite("An allowance")
struct AllowanceTests {
  @Test("is used up, and whole again when its time is over")
  func useAndRenewal() {
    var allowance = Allowance(count: 2, interval: 100)
    #expect([5, 6, 7, 104].map { allowance.take(at: $0) } == [true, true, false, false])
    #expect([105, 106, 107, 204, 205].map { allowance.take(at: $0) } == [true, true, false, false, true])
  }
}

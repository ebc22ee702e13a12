import LinuxIO
import Testing

@Suite("an alarm")
struct AlarmTests {
  @Test("wakes at its time, never before")
  func waits() throws {
    let alarm = try Alarm()
    for milliseconds: UInt64 in [0, 1, 20] {
      let deadline = Alarm.now + milliseconds * 1_000_000
      #expect(try alarm.wait(until: deadline))
      #expect(Alarm.now >= deadline)
    }
  }

  @Test("does not wait for what has passed, not even the start of time")
  func past() throws {
    let alarm = try Alarm()
    #expect(try alarm.wait(until: 0))
    #expect(try alarm.wait(until: Alarm.now - 1))
  }

  @Test("is called off by another thread, for the longest wait there is, and for good")
  func cancel() throws {
    let alarm = try Alarm()
    let other = try NamedThread("alarm-cancel") { alarm.cancel() }
    #expect(try !alarm.wait(until: .max))
    #expect(try !alarm.wait(until: Alarm.now + 1_000_000))
    other.join()
  }
}

import Foundation
import LinuxIO
import Testing

@Suite("A watchdog")
struct WatchdogTests {
  @Test("ends a process in which something does not return")
  func ends() async {
    await #expect(processExitsWith: .signal(SIGALRM)) {
      let watchdog = try Watchdog(patience: 2)
      watchdog.watch { while true { pause() } }
    }
  }

  @Test("lets what returns in time go on, and passes on what it throws")
  func returns() async {
    await #expect(processExitsWith: .success) {
      let watchdog = try Watchdog(patience: 2)
      for _ in 0..<3 {
        #expect(watchdog.watch { 5 } == 5)
        #expect(throws: SystemError.self) {
          try watchdog.watch { () throws(SystemError) in throw SystemError("fail", code: 5) }
        }
      }
      usleep(2_200_000)
    }
  }
}

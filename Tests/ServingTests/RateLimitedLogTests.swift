import Logging
import Testing
import Serving

@Suite("A rate-limited log")
struct RateLimitedLogTests {
  /// What was logged, on one thread.
  private final class Lines: @unchecked Sendable {
    var lines: [String] = []
  }

  private struct Handler: LogHandler {
    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      lines.lines.append("\(event.level): \(event.message)")
    }
  }

  private func log(_ level: Logger.Level, _ body: (RateLimitedLog, (UInt64) -> Void) -> Void) -> [String] {
    let lines = Lines()
    var time: UInt64 = 0
    let logger = Logger(label: "test") { _ in Handler(lines: lines, logLevel: level) }
    do {
      let log = RateLimitedLog(logger, limit: 2) { time }
      body(log) { time = $0 * 1_000_000_000 }
    }
    return lines.lines
  }

  @Test("the lines of a minute are limited, and the number of suppressed ones is logged before the next line")
  func limit() {
    let lines = log(.info) { log, setSeconds in
      for number in 1...5 { log.log(.info, "line \(number)") }
      setSeconds(60)
      log.log(.warning, "line 6")
    }
    #expect(
      lines == [
        "info: line 1", "info: line 2",
        "warning: 3 lines left out: of lines that guests and peers cause, at most 2 a minute are logged",
        "warning: line 6",
      ])
  }

  @Test("the last number of suppressed lines is logged at the end")
  func end() {
    let lines = log(.info) { log, _ in for number in 1...3 { log.log(.info, "line \(number)") } }
    #expect(lines.last == "info: 1 line left out: of lines that guests and peers cause, at most 2 a minute are logged")
  }

  @Test("lines of one level never use up the limit of another")
  func levels() {
    let quiet = log(.info) { log, _ in
      for _ in 0..<100 { log.log(.debug, "detail") }
      log.log(.info, "line")
    }
    #expect(quiet == ["info: line"])
    let all = log(.debug) { log, _ in
      for _ in 0..<100 { log.log(.debug, "detail") }
      log.log(.info, "line")
    }
    #expect(all.filter { $0 == "debug: detail" }.count == 20)
    #expect(all.contains("info: line"))
    #expect(all.last?.contains("80 lines left out") == true)
  }
}

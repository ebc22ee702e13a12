import Conformance
import LinuxIO
import Testing

@Suite("Back ends that are judged")
struct JudgedBackEndTests {
  private func report(
    _ mistake: FakeBackEnd.Mistake, _ names: Set<String>, timeout: Duration
  ) throws -> ConformanceReport {
    let backEnd = try FakeBackEnd(mistake)
    defer { backEnd.stop() }
    let path = backEnd.path
    var run = ConformanceRun(
      .connections(named: "fake") { try UnixSocket.connect(to: path) },
      cases: ConformanceCase.all.filter { names.isEmpty || names.contains($0.name) })
    run.timeout = timeout
    return try run.run()
  }

  @Test("this project's device passes every case")
  func own() throws {
    let report = try report(.none, [], timeout: .seconds(240))
    #expect(report.entries.count >= 60)
    for entry in report.entries where entry.result != .passed {
      guard case .skipped = entry.result else {
        Issue.record("\(entry.testCase): \(entry.result.detail)")
        continue
      }
    }
    #expect(report.isPassed)
    #expect(report.counts.passed >= 200)
  }

  @Test("a wrong pixel is a failure that names it with both colours")
  func wrongPixel() throws {
    let report = try report(.wrongPixel, ["scanout-whole-resource", "display-info-length"], timeout: .seconds(60))
    let results = Dictionary(uniqueKeysWithValues: report.entries.map { ($0.testCase.name, $0.result) })
    #expect(results["display-info-length"] == .passed)
    // The first block of the picture, of which the painter changed a pixel.
    #expect(
      results["scanout-whole-resource"]
        == .failed(expected: "pixel (5,3) of scanout 0 to be #010307", seen: "#01fe01"))
    #expect(report.exitCode == 3)
  }

  @Test("a back end that does not respond is one that hangs, and the next case goes on")
  func silent() throws {
    let report = try report(
      .silent, ["display-info-length", "configuration-16-bytes", "display-info-many-times"], timeout: .milliseconds(300)
    )
    let results = Dictionary(uniqueKeysWithValues: report.entries.map { ($0.testCase.name, $0.result) })
    #expect(results["configuration-16-bytes"] == .passed)
    for name in ["display-info-length", "display-info-many-times"] {
      #expect(results[name] == .hung("a response on queue 0"))
    }
  }

  @Test("responses that are none are failures")
  func echo() throws {
    let report = try report(.echo, ["display-info-length", "blob-of-the-guest", "fence-order"], timeout: .seconds(60))
    for entry in report.entries where entry.testCase.name != "fence-order" {
      guard case .failed = entry.result else {
        Issue.record("\(entry.testCase): \(entry.result)")
        continue
      }
    }
    #expect(report.counts.failed >= 2)
  }
}

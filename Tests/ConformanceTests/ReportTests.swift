import Conformance
import LinuxIO
import ScanoutTesting
import Testing

@Suite("Reports of conformance")
struct ReportTests {
  /// Of a device that hangs, fails and passes.
  private func report(_ expected: String = "") throws -> ConformanceReport {
    let backEnd = try FakeBackEnd(.silent)
    defer { backEnd.stop() }
    let path = backEnd.path
    var run = ConformanceRun(
      .connections(named: "<fake> & \"co\"") { try UnixSocket.connect(to: path) },
      cases: ConformanceCase.all.filter {
        ["offers-version-1", "ends-with-its-connection", "display-info-length", "edid-length"].contains($0.name)
      })
    run.timeout = .milliseconds(300)
    run.expected = try ExpectedFailures(expected, names: Set(ConformanceCase.all.map(\.name)))
    return try run.run()
  }

  @Test("names are of lower-case words with hyphens, and each is there once")
  func names() {
    let names = ConformanceCase.all.map(\.name)
    #expect(Set(names).count == names.count)
    for name in names {
      #expect(name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }, "\(name)")
      #expect(name.utf8.count <= 80, "\(name)")
    }
    #expect(Set(names).isDisjoint(with: CaseGroup.allCases.map(\.rawValue)))
    for testCase in ConformanceCase.all {
      #expect(!testCase.sentence.isEmpty && !testCase.sentence.hasSuffix(".") && !testCase.source.isEmpty)
    }
    for group in CaseGroup.allCases { #expect(ConformanceCase.all.contains { $0.group == group }) }
  }

  @Test("the table has each group and case, and the summary counts them")
  func table() throws {
    let report = try report()
    let lines = report.text.split(separator: "\n").map(String.init)
    #expect(lines.contains("Outputs and EDID"))
    #expect(lines.contains { $0.hasPrefix("  edid-length ") && $0.hasSuffix("waited for a response on queue 0") })
    #expect(lines.contains { $0.hasPrefix("  ends-with-its-connection  skipped  ") })
    #expect(report.summary == "4 cases: 1 passed, 2 hung, 1 skipped")
    #expect(report.exitCode == 3)
  }

  @Test("a failure that is expected does not count, and a case that passes unexpectedly is named")
  func expected() throws {
    let report = try report(
      """
      # A comment.

      edid-length: it is silent
        display-info-length :  it is silent, too
      offers-version-1: it was expected to be older
      """)
    #expect(report.exitCode == 0)
    #expect(report.counts.expected == 2)
    #expect(report.counts.unexpectedPasses == 1)
    #expect(
      report.summary
        == "4 cases: 1 passed, 2 hung, 1 skipped; 2 of these were expected to fail; 1 passed that was expected to fail")
    #expect(report.text.contains("(expected: it is silent, too)"))
    #expect(report.text.contains("It was expected to fail: it was expected to be older"))
  }

  @Test("JUnit XML has what counts, and what is expected as skipped")
  func junit() throws {
    let junit = try report("edid-length: it is <silent>").junit
    #expect(
      junit.hasPrefix(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"scanout conformance of &lt;fake&gt; &amp; &quot;co&quot;\" tests=\"4\" failures=\"0\" errors=\"1\" skipped=\"2\""
      ))
    #expect(junit.contains("<error type=\"hung\" message=\"waited for a response on queue 0\"/>"))
    #expect(junit.contains("(expected: it is &lt;silent&gt;)\"/>"))
    #expect(junit.hasSuffix("</testsuites>\n"))
  }

  @Test(
    "a file of expected failures that cannot be read is refused",
    arguments: [
      "fence-order", "fence-order:", "fence-order:  ", ":", ": reason", "no-such-case: reason",
      "fence-fence-order: a\nfence-order: b", "=", "fence-order\u{0}: x",
    ])
  func malformed(text: String) {
    #expect(throws: ExpectedFailures.Invalid.self) {
      try ExpectedFailures(text, names: Set(ConformanceCase.all.map(\.name)))
    }
  }

  @Test("a trace has the messages of each case")
  func trace() throws {
    let folder = TemporaryFolder.forSuite()
    let backEnd = try FakeBackEnd(.none)
    defer { backEnd.stop() }
    let path = backEnd.path
    var run = ConformanceRun(
      .connections(named: "fake") { try UnixSocket.connect(to: path) },
      cases: ConformanceCase.all.filter { $0.name == "scanout-whole-resource" })
    run.timeout = .seconds(60)
    run.traces = try Directory.make(folder.path("traces"))
    _ = try run.run()
    let bytes = try #require(run.traces).open("scanout-whole-resource.trace").read(1 << 20, at: 0)
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    #expect(lines.first?.hasPrefix("# scanout-whole-resource: ") == true)
    #expect(lines.contains { $0.contains(" > vhost-user: GET_FEATURES flags=0x1 fds=0 payload=") })
    #expect(lines.contains { $0.contains(" < vhost-user: GET_FEATURES flags=0x5 fds=0 payload=") })
    #expect(lines.contains { $0.contains(" < display: scanout(0, ") })
  }
}

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
    let all = ConformanceCase.all + ConformanceCase.allOfFrontEnds
    let names = all.map(\.name)
    #expect(Set(names).count == names.count)
    for name in names {
      #expect(name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }, "\(name)")
      #expect(name.utf8.count <= 80, "\(name)")
    }
    #expect(Set(names).isDisjoint(with: CaseGroup.allCases.map(\.rawValue)))
    for testCase in all {
      #expect(!testCase.sentence.isEmpty && !testCase.sentence.hasSuffix(".") && !testCase.source.isEmpty)
    }
    for group in CaseGroup.allCases { #expect(all.contains { $0.group == group }) }
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

  @Test("a trace is replayed to the back end that it is of without a difference, and to another with some")
  func replay() throws {
    let folder = TemporaryFolder.forSuite()
    let backEnd = try FakeBackEnd(.none)
    defer { backEnd.stop() }
    let path = backEnd.path
    let target = BackEndTarget.connections(named: "fake") { try UnixSocket.connect(to: path) }
    var run = ConformanceRun(target, cases: ConformanceCase.all.filter { $0.name == "stop-and-continue" })
    run.timeout = .seconds(60)
    run.traces = try Directory.make(folder.path("traces"))
    _ = try run.run()
    let bytes = try #require(run.traces).open("stop-and-continue.trace").read(1 << 20, at: 0)
    let text = String(decoding: bytes, as: UTF8.self)
    let trace = try TraceFile(text)
    // Requests are not replayed, so the bases of the queues are others: those are the replies that differ.
    let outcome = try TraceReplay(trace).run(target, timeout: .seconds(60))
    #expect(outcome.sent == trace.messages.count { $0.isSent })
    #expect(outcome.replies > 20)
    #expect(outcome.differences.allSatisfy { $0.hasPrefix("the reply to GET_VRING_BASE is ") })
    let other = try TraceFile(
      "0.1 > vhost-user: GET_FEATURES flags=0x1 fds=0 payload=\n0.2 < vhost-user: GET_FEATURES flags=0x5 fds=0 payload=00"
    )
    let differing = try TraceReplay(other).run(target, timeout: .seconds(60))
    #expect(differing.summary == "1 message sent, 1 replied to, 1 difference")
    #expect(differing.differences.first?.hasSuffix(", and was 00") == true)
  }

  @Test(
    "a file that is no trace is refused",
    arguments: [
      "x", "0.1", "0.1 >", "0.1 ? vhost-user: A flags=0x1 fds=0 payload=",
      "0.1 - vhost-user: A flags=0x1 fds=0 payload=",
      "0.1 > vhost-user: A", "0.1 > vhost-user: A flags=1 fds=0 payload=",
      "0.1 > vhost-user: A flags=0x1 fds=-1 payload=",
      "0.1 > vhost-user: A flags=0x1 fds=99 payload=", "0.1 > vhost-user: A flags=0x1 fds=0 payload=0",
      "0.1 > vhost-user: A flags=0x1 fds=0 payload=0g", "0.1 > vhost-user: A flags=0x100000000 fds=0 payload=",
      "0.1 > vhost-user: A flags=0x1 fds=0 payload=" + String(repeating: "00", count: 4097),
    ])
  func malformedTrace(text: String) {
    #expect(throws: TraceFile.Invalid.self) { try TraceFile(text) }
  }
}

import Foundation
import ScanoutTesting
import Testing

@Suite("scanout conformance")
struct ConformanceCommandTests {
  private let folder = TemporaryFolder.forSuite()
  private static let request = "head -c 12 <&3 > /dev/null"
  private static let reply =
    #"printf '\001\000\000\000\005\000\000\000\010\000\000\000\000\000\000\000\000\000\000\000'"#
  /// A back end that replies to GET_FEATURES with no feature at all, and then ends.
  static let featureless = [
    "conformance", "--program", "/bin/sh", "--", "-c",
    "\(request); \(reply) >&3; \(request); exit 5",
  ]

  /// Its command line with options.
  static func judging(_ options: String...) -> [String] {
    ["conformance"] + options + featureless.dropFirst()
  }

  @Test(
    "judges its own device, given its socket and listening at a path", arguments: [[], ["--socket-path"]] as [[String]])
  func own(options: [String]) throws {
    let outcome = try Program.run(
      ["conformance", "--case", "outputs", "--case", "reconnect", "--case", "scanout-mirrored", "--timeout", "60"]
        + options)
    #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    #expect(outcome.errors.isEmpty, "\(outcome.errors)")
    let lines = outcome.output.split(separator: "\n").map(String.init)
    #expect(lines.first == "Outputs and EDID")
    let skipped = options.isEmpty ? 1 : 0
    #expect(lines.last == "9 cases: \(9 - skipped) passed" + (options.isEmpty ? ", 1 skipped" : ""))
    #expect(lines.contains { $0.hasPrefix("  reconnect ") && $0.contains(options.isEmpty ? "skipped" : "passed") })
  }

  @Test("a case that fails is exit code 3, with what was expected and seen, and a report and a trace are written")
  func failure() throws {
    let (junit, traces) = (folder.path("report.xml"), folder.path("traces"))
    let outcome = try Program.run(
      Self.judging("--case", "offers-version-1", "--case", "display-info-length", "--junit", junit, "--trace", traces))
    #expect(outcome.status == 3, "\(outcome.errors)")
    #expect(
      outcome.output.contains(
        "offers-version-1     failed   expected VIRTIO_F_VERSION_1 (bit 32) among the features; seen 0x0\n"))
    #expect(outcome.output.contains("display-info-length  crashed  the process ended with status 5\n"))
    let xml = try String(contentsOfFile: junit, encoding: .utf8)
    #expect(xml.contains("<failure message=\"expected VIRTIO_F_VERSION_1 (bit 32) among the features; seen 0x0\"/>"))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: traces).sorted()
        == ["display-info-length.trace", "offers-version-1.trace"])
  }

  @Test("a failure that is expected is exit code 0")
  func expected() throws {
    let file = folder.path("expected")
    try "offers-version-1: it offers nothing\n".write(toFile: file, atomically: false, encoding: .utf8)
    let outcome = try Program.run(Self.judging("--case", "offers-version-1", "--expect", file))
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("(expected: it offers nothing)"))
  }

  @Test("what cannot be judged, read or written is exit code 74, and a report of before does not stay")
  func unusable() throws {
    let junit = folder.path("report.xml")
    try "<?xml earlier".write(toFile: junit, atomically: false, encoding: .utf8)
    let outcome = try Program.run(["conformance", "--program", "/bin/false", "--junit", junit])
    #expect(outcome.status == 74)
    #expect(outcome.errors.contains("/bin/false is no back end that can be judged: the process ended with status 1"))
    #expect(!FileManager.default.fileExists(atPath: junit))
    for arguments in [
      ["--backend", folder.path("nowhere")], ["--program", folder.path("nowhere")],
      ["--expect", folder.path("nowhere")],
    ] {
      #expect(try Program.run(["conformance"] + arguments).status == 74, "\(arguments)")
    }
    try "notes".write(toFile: junit, atomically: false, encoding: .utf8)
    #expect(try Program.run(Self.judging("--case", "offers-version-1", "--junit", junit)).status == 74)
    #expect(try String(contentsOfFile: junit, encoding: .utf8) == "notes")
  }

  @Test(
    "a wrong command line is exit code 64",
    arguments: [
      ["--own", "--backend", "s"], ["--case", "no-such-case"], ["--timeout", "0"], ["--timeout", "nan"],
      ["--backend", "s", "--socket-path"], ["--own", "--", "argument"], ["--list", "--json"],
      ["--expect", "a", "--junit", "a"],
    ])
  func usage(arguments: [String]) throws {
    #expect(try Program.run(["conformance"] + arguments, in: folder.path("")).status == 64)
  }

  @Test("the list has each case with its rule and the source of the rule")
  func list() throws {
    let outcome = try Program.run(["conformance", "--list"])
    #expect(outcome.status == 0)
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count >= 200)
    #expect(
      lines.contains(
        "scanout-mirrored\tTwo scanouts show the same resource. (virtio 1.3, 5.7.6.8 (controlq))"))
  }
}

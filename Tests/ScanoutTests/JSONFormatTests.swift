import ControlSocket
import Display
import Foundation
import Frames
import Golden
import ScanoutTesting
import Testing
import Text
import VirtioGPU

/// Members of each JSON format, as the documentation page lists them.
private struct FormatPage {
  /// Paths of members, such as `frames[].name`, by the name of the format.
  private(set) var members: [String: Set<String>] = [:]

  init() throws {
    let page = try String(
      contentsOf: Program.root.appending(path: "Sources/scanout/scanout.docc/JSON.md"), encoding: .utf8)
    var heading = ""
    for line in page.split(separator: "\n") {
      if line.hasPrefix("##") { heading = line.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces) }
      guard line.hasPrefix("| `"), let member = line.split(separator: "`").dropFirst().first else { continue }
      members[heading, default: []].insert(String(member))
    }
    let common = members.removeValue(forKey: "Overview") ?? []
    let differences = members.removeValue(forKey: "A difference") ?? []
    let outputs = members.removeValue(forKey: "An output") ?? []
    for (format, own) in members {
      members[format] = common.union(
        own.flatMap { member in
          if member.hasSuffix("difference") { return differences.map { "\(member).\($0)" } }
          return member == "outputs[]" ? outputs.map { "\(member).\($0)" } : [member]
        })
    }
  }

  /// The paths of all members of a value.
  static func paths(_ value: Any, _ prefix: String = "") -> Set<String> {
    switch value {
    case let object as [String: Any]:
      Set(object.flatMap { paths($0.value, prefix.isEmpty ? $0.key : "\(prefix).\($0.key)") })
    case let array as [Any]: Set(array.flatMap { paths($0, prefix + "[]") })
    case is NSNull: []
    default: [prefix]
    }
  }
}

@Suite("Every member of every JSON response is on its documentation page, and nothing else is")
struct JSONFormatTests {
  private let folder = TemporaryFolder.forSuite()
  private let goldens = Program.root.appending(path: "Fixtures/demo").path

  /// Expects that the samples have the format, and together the members that are documented. `extra`: members that only
  /// other samples have.
  private func expect(_ format: String, _ samples: [String], extra: Set<String> = []) throws {
    var found = extra
    for sample in samples {
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(sample.utf8)) as? [String: Any], "\(sample)")
      #expect(object["format"] as? String == format)
      #expect(object["version"] as? Int == 1)
      #expect((object["summary"] as? String)?.isEmpty == false)
      found.formUnion(FormatPage.paths(object))
    }
    let documented = try #require(FormatPage().members[format])
    #expect(found.subtracting(documented) == [], "not documented")
    #expect(documented.subtracting(found) == [], "not seen")
    for path in found {
      let words = path.split { ".[]".contains($0) }
      #expect(words.allSatisfy { $0.first?.isLowercase == true && !$0.contains("_") && !$0.contains("-") }, "\(path)")
    }
  }

  private func copy(_ files: [String: String], to name: String) throws {
    try FileManager.default.createDirectory(atPath: folder.path(name), withIntermediateDirectories: true)
    for (file, source) in files {
      try FileManager.default.copyItem(atPath: "\(goldens)/\(source).png", toPath: folder.path("\(name)/\(file).png"))
    }
  }

  /// The members of all diagnoses, under the path of a difference.
  private func diagnoses(_ prefix: String) throws -> Set<String> {
    let all: [Diagnosis] = [
      .size(expected: .init(width: 1, height: 2), actual: .init(width: 3, height: 4)),
      .plain(red: 1, green: 2, blue: 3),
      .redBlueSwapped, .upsideDown, .shifted(x: 1, y: -2, within: .init(x: 0, y: 0, width: 5, height: 6)),
      .oneChannel(.red), .rounding, .otherGolden(FrameName(scanout: 0, number: 6)),
    ]
    let text = JSONText.encode(all)
    #expect(try JSONDecoder().decode([Diagnosis].self, from: Data(text.utf8)) == all)
    #expect(text.contains("\"kind\" : \"other-golden\""))
    return FormatPage.paths(try JSONSerialization.jsonObject(with: Data(text.utf8)), prefix)
  }

  @Test("verify and result.json")
  func verify() throws {
    try copy(
      ["0-000001": "0-000001", "0-000002": "0-000001", "0-000003": "0-000005", "new": "0-000002"], to: "frames")
    try copy(["0-000001": "0-000001", "0-000003": "0-000006", "missed": "0-000002"], to: "goldens")
    try "".write(toFile: folder.path("frames/empty.png"), atomically: false, encoding: .utf8)
    let outcome = try Program.run([
      "verify", folder.path("frames"), "--golden", folder.path("goldens"), "--results", folder.path("results"),
      "--json",
    ])
    #expect(outcome.status == 74)
    #expect(try outcome.output == String(contentsOfFile: folder.path("results/result.json"), encoding: .utf8))
    // A dump whose frames are lost without a name.
    try Program.run(["demo", "--dump", folder.path("dump")])
    let manifest = folder.path("dump/manifest.json")
    let text = try String(contentsOfFile: manifest, encoding: .utf8)
    try text.replacingOccurrences(of: "\"finished\" : true", with: "\"finished\" : false")
      .write(toFile: manifest, atomically: false, encoding: .utf8)
    let unfinished = try Program.run([
      "verify", folder.path("dump"), "--golden", goldens, "--results", folder.path("results"), "--json",
    ])
    let selected = try Program.run([
      "verify", folder.path("dump"), "--golden", goldens, "--results", folder.path("results"), "--json", "--frame",
      "0-000007=frame:7",
    ])
    try expect(
      "scanout-verify", [outcome.output, unfinished.output, selected.output],
      extra: diagnoses("frames[].difference.diagnoses"))
  }

  @Test("export")
  func export() throws {
    try Program.run(["demo", "--dump", folder.path("dump")])
    try FileManager.default.removeItem(atPath: folder.path("dump/frames/0-000007.png"))
    let export = ["export", folder.path("dump"), "--to", folder.path("goldens"), "--json", "--frame"]
    let (written, refused) = (try Program.run(export + ["desktop=last"]), try Program.run(export + ["a=label:a"]))
    #expect(written.status == 0 && refused.status == 5)
    try expect("scanout-export", [written.output, refused.output])
  }

  @Test("compare")
  func compare() throws {
    let (one, two) = ("\(goldens)/0-000001.png", "\(goldens)/0-000002.png")
    let diff = ["--diff", folder.path("diff.png")]
    let different = try Program.run(["compare", one, two, "--json"] + diff)
    #expect(different.status == 1)
    let same = try Program.run(["compare", one, one, "--json"] + diff)
    #expect(same.status == 0)
    // A chunk that says how bright the samples are.
    var bytes = [UInt8](try Data(contentsOf: URL(filePath: one)))
    bytes.insert(contentsOf: [0, 0, 0, 4, 0x67, 0x41, 0x4D, 0x41, 0, 1, 0x86, 0xA0, 0x31, 0xE8, 0x96, 0x5F], at: 33)
    try Data(bytes).write(to: URL(filePath: folder.path("gamma.png")))
    let noted = try Program.run(["compare", one, folder.path("gamma.png"), "--json"])
    #expect(noted.status == 0, "\(noted.output)")
    try expect(
      "scanout-compare", [different.output, same.output, noted.output], extra: diagnoses("difference.diagnoses"))
  }

  @Test("inspect")
  func inspect() throws {
    try Program.run(["demo", "--dump", folder.path("dump")])
    try FileManager.default.removeItem(atPath: folder.path("dump/frames/0-000007.png"))
    let dump = try Program.run(["inspect", folder.path("dump"), "--json"])
    try copy(["0-000001": "0-000001", "0-000001.cursor": "0-000002"], to: "images")
    let images = try Program.run(["inspect", folder.path("images"), "--json", "--check"])
    #expect(images.status == 0)
    // A demo sets no label.
    let events = folder.path("dump/events.jsonl")
    let label = #"{"kind":"label","label":"ready","time":1}"# + "\n"
    try (label + String(contentsOfFile: events, encoding: .utf8)).write(
      toFile: events, atomically: false, encoding: .utf8)
    let labelled = try Program.run(["inspect", folder.path("dump"), "--json"])
    #expect(try Program.run(["inspect", folder.path("dump")]).output.contains("label        ready at 0.0 s"))
    try expect("scanout-inspect", [dump.output, images.output, labelled.output])
  }

  @Test("output, and the lines of the control socket")
  func outputs() throws {
    let state = OutputState.example
    let responses = [
      ControlResponse(outputs: [state], output: 1, guest: .notified), ControlResponse(error: "there is no output 7"),
      ControlResponse(actions: 3),
    ]
    try expect("scanout-control", responses.map { String(decoding: $0.line, as: UTF8.self) })
    try expect(
      "scanout-output",
      [JSONText.encode(JSONResponse("output", summary: responses[0].summary, responses[0]))])
    try expect(
      "scanout-ctl", [JSONText.encode(JSONResponse("ctl", summary: responses[2].summary, responses[2]))])
  }

  @Test("bench")
  func bench() throws {
    let outcome = try Program.run(["bench", "--size", "64x48", "--seconds", "0.01", "--json"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    // What only a second back end has, and one that sends its frames.
    let others: Set<String> = [
      "rows[].ratios[]", "rows[].processorRatios[]", "backEnds[].display.updates", "backEnds[].display.pixelBytes",
      "backEnds[].display.sharedUpdates",
    ]
    try expect("scanout-bench", [outcome.output], extra: others)
  }

  @Test(
    "an error, also of the command line",
    arguments: [
      (["verify", "/nowhere", "--golden", "/nowhere", "--json"], 74), (["verify", "--json"], 64),
      (["compare", "/nowhere", "/nowhere", "--json"], 74), (["inspect", "/nowhere", "--json"], 74),
      (["inspect", "--json", "--colour"], 64), (["output", "list", "/nowhere", "--json"], 74),
      (["bench", "--backend", "/nowhere", "--json"], 74), (["bench", "--seconds", "0", "--json"], 64),
    ] as [([String], Int32)])
  func errors(arguments: [String], status: Int32) throws {
    let outcome = try Program.run(
      arguments + (arguments[0] == "verify" && arguments.count > 2 ? ["--results", folder.path("results")] : []))
    #expect(outcome.status == status)
    try expect("scanout-error", [outcome.output])
    #expect(outcome.output.contains("\"exitCode\" : \(status)"))
  }

  @Test("conformance")
  func conformance() throws {
    let file = folder.path("expected-failures")
    try "offers-version-1: it offers nothing\n".write(toFile: file, atomically: false, encoding: .utf8)
    let outcome = try Program.run(
      ConformanceCommandTests.judging(
        "--case", "offers-version-1", "--case", "display-info-length", "--expect", file, "--json"))
    #expect(outcome.status == 3, "\(outcome.errors)")
    try expect("scanout-conformance", [outcome.output])
  }
}

extension OutputState {
  /// One with every member.
  fileprivate static var example: OutputState {
    OutputState(
      .init(size: .init(width: 640, height: 480), position: .init(x: 1, y: 2)), index: 1,
      shows: .init(width: 64, height: 48))
  }
}

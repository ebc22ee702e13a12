extension ConformanceReport {
  /// The report as JUnit XML: a test suite for each group. An expected failure is a skipped test with its reason; a crash and
  /// a time limit are errors.
  public var junit: String {
    var lines = [#"<?xml version="1.0" encoding="UTF-8"?>"#]
    lines.append(
      #"<testsuites name="scanout conformance of \#(Self.escaped(backEnd))" \#(Self.figures(entries))>"#)
    for group in CaseGroup.allCases {
      let members = entries.filter { $0.testCase.group == group }
      guard !members.isEmpty else { continue }
      lines.append(#"  <testsuite name="\#(group.rawValue)" \#(Self.figures(members))>"#)
      for entry in members { lines += Self.lines(entry) }
      lines.append("  </testsuite>")
    }
    lines.append("</testsuites>")
    return lines.joined(separator: "\n") + "\n"
  }

  private static func figures(_ entries: [Entry]) -> String {
    let counting = entries.filter(\.counts)
    let failures = counting.count { if case .failed = $0.result { true } else { false } }
    let skipped = entries.count { isSkipped($0) }
    let time = seconds(entries.reduce(0) { $0 + $1.milliseconds })
    return
      #"tests="\#(entries.count)" failures="\#(failures)" errors="\#(counting.count - failures)" skipped="\#(skipped)" time="\#(time)""#
  }

  private static func isSkipped(_ entry: Entry) -> Bool {
    if case .skipped = entry.result { return true }
    return entry.result.isFailure && entry.expectedReason != nil
  }

  private static func lines(_ entry: Entry) -> [String] {
    let start =
      #"    <testcase classname="\#(entry.testCase.group.rawValue)" name="\#(entry.testCase.name)" time="\#(seconds(entry.milliseconds))""#
    let detail = escaped(entry.result.detail)
    if isSkipped(entry) {
      let reason = entry.expectedReason.map { "\(detail) (expected: \(escaped($0)))" } ?? detail
      return [start + ">", #"      <skipped message="\#(reason)"/>"#, "    </testcase>"]
    }
    switch entry.result {
    case .passed, .skipped: return [start + "/>"]
    case .failed: return [start + ">", #"      <failure message="\#(detail)"/>"#, "    </testcase>"]
    case .crashed, .hung:
      return [start + ">", #"      <error type="\#(entry.result.name)" message="\#(detail)"/>"#, "    </testcase>"]
    }
  }

  private static func seconds(_ milliseconds: Int) -> String {
    let fraction = String(milliseconds % 1000)
    return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
  }

  /// Text of an attribute. XML has no other control characters, in no notation.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\t", "\n", "\r": result += " "
      case _ where scalar.value < 0x20 || (0xd800...0xdfff).contains(scalar.value) || scalar.value & 0xfffe == 0xfffe:
        result += "?"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

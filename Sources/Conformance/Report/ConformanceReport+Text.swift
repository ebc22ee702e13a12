internal import Text

extension ConformanceReport {
  /// The report as a table for people: a heading for each group, a line for each case, and the summary.
  public var text: String {
    let width = entries.map(\.testCase.name.count).max() ?? 0
    var lines: [String] = []
    for group in CaseGroup.allCases {
      let members = entries.filter { $0.testCase.group == group }
      guard !members.isEmpty else { continue }
      lines.append(group.title)
      lines += members.map { Self.line($0, width: width) }
    }
    return (lines + ["", summary]).joined(separator: "\n")
  }

  private static func line(_ entry: Entry, width: Int) -> String {
    let name = entry.testCase.name
    let start = "  \(name)\(String(repeating: " ", count: width - name.count))  \(padded(entry.result.name))"
    var detail = entry.result.detail.printable
    if let reason = entry.expectedReason {
      detail +=
        entry.result.isFailure
        ? " (expected: \(reason.printable))" : " It was expected to fail: \(reason.printable)"
    }
    return detail.isEmpty ? start.trimmingEnd : "\(start)  \(detail)"
  }

  private static func padded(_ word: String) -> String {
    word + String(repeating: " ", count: max(0, 7 - word.count))
  }
}

extension String {
  fileprivate var trimmingEnd: String { String(reversed().drop { $0 == " " }.reversed()) }
}

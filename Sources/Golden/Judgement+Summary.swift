internal import Frames
internal import Text

extension Judgement {
  /// The most frames that are described unless all are asked for; the results have all.
  private static let mostDescribed = 10

  /// The judgement as lines of text: each frame that did not pass, the totals, and commands to run next, which can be
  /// pasted into bash.
  ///
  /// - Parameters:
  ///   - source: What was judged, as `scanout replay` names it.
  ///   - listsAll: Describes every frame that did not pass, not only the first ten.
  ///   - hasDisplay: There is a display, so commands that open windows are included.
  public func summary(source: String, listsAll: Bool = false, hasDisplay: Bool = false) -> [String] {
    let wrong = frames.filter { $0.verdict != .pass }
    let shown = listsAll ? wrong.count : Self.mostDescribed
    var lines = wrong.prefix(shown).flatMap(\.lines)
    if wrong.count > shown { lines.append("… and \(Text.count(wrong.count - shown, "more frame"))") }
    lines += problems.map { "problem: \($0)" }
    lines.append(totals)
    var commands = commands(source: source, hasDisplay: hasDisplay)
    if wrong.count > shown {
      commands.insert(
        "scanout verify \(source.shellQuoted) --golden \(goldens.shellQuoted) --all   # lists all frames", at: 0)
    }
    return commands.isEmpty ? lines : lines + ["", "What next:"] + commands.map { "  \($0)" }
  }

  /// How many frames pass and do not, in a line.
  var totals: String {
    let parts = [
      (Verdict.mismatch, "different"), (.missingGolden, "without a golden"), (.notReached, "not reached"),
      (.unreadable, "unreadable"),
    ].filter { count($0.0) > 0 }.map { "\(count($0.0)) \($0.1)" }
    let problems = problems.isEmpty ? [] : [Text.count(problems.count, "problem")]
    let passed = "\(count(.pass)) of \(Text.count(frames.count, "frame")) \(frames.count == 1 ? "passes" : "pass")"
    return parts + problems == [] ? passed : "\(passed); \((parts + problems).joined(separator: ", "))"
  }

  private func commands(source: String, hasDisplay: Bool) -> [String] {
    var commands: [String] = []
    if hasDisplay, let first = frames.first(where: { $0.verdict == .mismatch }) {
      if let results, let diff = first.images?.diff {
        commands.append("xdg-open \(results.path(to: diff).shellQuoted)")
      }
      if let position = first.name.position {
        let from = "\(position.scanout)-\(position.number)"
        commands.append("scanout replay \(source.shellQuoted) --window --from \(from)")
      }
    }
    if let results, let home, frames.contains(where: { $0.images?.actual != nil }) {
      let command =
        "cp -r \(results.path(to: ResultFolder.Role.actual.rawValue + "/.").shellQuoted) \(home.shellQuoted)"
      commands.append("\(command)   # accepts the new images")
    }
    return commands
  }
}

extension JudgedFrame {
  /// The frame in lines for people.
  public var lines: [String] {
    let name = name.description.printable
    return switch verdict {
    case .pass: ["\(name): pass"]
    case .mismatch: ["\(name): differs from its golden"] + (difference?.lines ?? []).map { "  \($0.printable)" }
    case .missingGolden: ["\(name): has no golden"]
    case .notReached: ["\(name): has a golden, but the run has no such frame"]
    case .unreadable: ["\(name): \((problem ?? "cannot be read").printable)"]
    }
  }
}

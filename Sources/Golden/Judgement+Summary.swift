internal import Frames
internal import Text

extension Judgement {
  /// The most frames that are described unless all are asked for; the results have all.
  private static let maximumDescribed = 10

  /// The judgement as lines of text: each frame that did not pass, the totals, and commands to run next, which can be
  /// pasted into bash.
  ///
  /// - Parameters:
  ///   - source: What was judged, as `scanout replay` names it.
  ///   - listsAll: Describes every frame that did not pass, not only the first ten.
  ///   - hasDisplay: There is a display, so commands that open windows are included.
  public func summary(source: String, listsAll: Bool = false, hasDisplay: Bool = false) -> [String] {
    let wrong = frames.filter { $0.verdict != .pass }
    let shown = listsAll ? wrong.count : Self.maximumDescribed
    var lines = wrong.prefix(shown).flatMap(\.lines)
    if wrong.count > shown { lines.append("… and \(Text.count(wrong.count - shown, "more frame"))") }
    lines += problems.map { "problem: \($0)" }
    lines.append(totals)
    if let notSelected, notSelected > 0 {
      lines.append("\(Text.count(notSelected, "frame")) \(notSelected == 1 ? "was" : "were") not selected")
    }
    var commands = commands(source: source, hasDisplay: hasDisplay)
    if wrong.count > shown {
      commands.insert(
        "scanout verify \(source.shellQuoted) --golden \(goldens.shellQuoted)\(selections) --all   # lists all frames",
        at: 0)
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

  /// The options that select the same frames.
  private var selections: String {
    frames.compactMap { frame in
      guard let selector = frame.selector, frame.recordedFrame?.position?.showsCursor != true else { return nil }
      return " --frame \(FrameSelection(frame.name, selector).description.shellQuoted)"
    }.joined()
  }

  /// True when frames are missing or too many: their number may differ from run to run.
  private var mayVary: Bool {
    notSelected == nil
      && frames.contains {
        ($0.verdict == .notReached || $0.verdict == .missingGolden) && $0.name.position != nil
      } && frames.contains { $0.verdict == .mismatch }
  }

  private func commands(source: String, hasDisplay: Bool) -> [String] {
    var commands: [String] = []
    if hasDisplay, let first = frames.first(where: { $0.verdict == .mismatch }) {
      if let results, let diff = first.images?.diff {
        commands.append("xdg-open \(results.path(to: diff).shellQuoted)")
      }
      if let position = (first.recordedFrame ?? first.name).position {
        let from = "\(position.scanout)-\(position.number)"
        commands.append("scanout replay \(source.shellQuoted) --window --from \(from)")
      }
    }
    if let results, let home, frames.contains(where: { $0.images?.actual != nil }) {
      let command =
        "cp -r \(results.path(to: ResultFolder.Role.actual.rawValue + "/.").shellQuoted) \(home.shellQuoted)"
      commands.append("\(command)   # accepts the new images")
    }
    if mayVary {
      commands.append(
        "scanout export \(source.shellQuoted) --frame last=last --to selected-goldens   # when the number of frames differs "
          + "from run to run: a golden of the last one")
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
    case .notReached:
      if let selector {
        ["\(name): \(selector.description.printable) selects no frame: \((problem ?? "").printable)"]
      } else {
        ["\(name): has a golden, but \((problem ?? "the run has no such frame").printable)"]
      }
    case .unreadable: ["\(name): \((problem ?? "cannot be read").printable)"]
    }
  }
}

extension Judgement {
  /// The most frames that are described; the results have all.
  private static let mostDescribed = 10

  /// The judgement in lines for people: what is wrong with each frame, how many there are, and commands that go on from
  /// here. `source` is what was judged, as `scanout replay` names it.
  public func summary(source: String) -> [String] {
    let wrong = frames.filter { $0.verdict != .pass }
    var lines = wrong.prefix(Self.mostDescribed).flatMap(\.lines)
    if wrong.count > Self.mostDescribed { lines.append("… and \(wrong.count - Self.mostDescribed) more") }
    lines.append(totals)
    let commands = commands(source: source)
    return commands.isEmpty ? lines : lines + ["", "What next:"] + commands.map { "  \($0)" }
  }

  private var totals: String {
    let parts = [
      (Verdict.mismatch, "different"), (.missingGolden, "without a golden"), (.notReached, "not reached"),
      (.unreadable, "unreadable"),
    ].filter { count($0.0) > 0 }.map { "\(count($0.0)) \($0.1)" }
    let passed = "\(count(.pass)) of \(frames.count) frames pass"
    return parts.isEmpty ? passed : "\(passed); \(parts.joined(separator: ", "))"
  }

  private func commands(source: String) -> [String] {
    var commands: [String] = []
    if let first = frames.first(where: { $0.verdict == .mismatch }) {
      if let results { commands.append("xdg-open \(Self.quoted("\(results)/\(first.name).diff.png"))") }
      if let position = first.name.position {
        let from = "\(position.scanout)-\(position.number)"
        commands.append("scanout replay \(Self.quoted(source)) --window --from \(from)")
      }
    }
    if let command = acceptance { commands.append("\(command)   # accepts the new pictures") }
    return commands
  }

  /// Copies what came over what was expected.
  private var acceptance: String? {
    let names = frames.filter { $0.verdict == .mismatch || $0.verdict == .missingGolden }.map(\.name)
    guard let results, let home, let first = names.first else { return nil }
    if names.count == 1 {
      return "cp \(Self.quoted("\(results)/\(first).actual.png")) \(Self.quoted("\(home)/\(first).png"))"
    }
    let target = "\(Self.quoted(home))/\"$(basename \"$f\" .actual.png)\".png"
    return "for f in \(Self.quoted(results))/*.actual.png; do cp \"$f\" \(target); done"
  }

  /// A path as a shell reads it back.
  private static func quoted(_ path: String) -> String {
    let isPlain = path.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: ":"), UInt8(ascii: ","):
        true
      default: false
      }
    }
    return isPlain && !path.isEmpty
      ? path : "'" + path.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}

extension JudgedFrame {
  /// The frame in lines for people.
  public var lines: [String] {
    switch verdict {
    case .pass: ["\(name): pass"]
    case .mismatch: ["\(name): differs from its golden"] + (difference?.lines ?? []).map { "  \($0)" }
    case .missingGolden: ["\(name): has no golden"]
    case .notReached: ["\(name): has a golden, but the run has no such frame"]
    case .unreadable: ["\(name): \(problem ?? "cannot be read")"]
    }
  }
}

internal import Frames
internal import Text

/// Rule that sets a label when a line of a command's output matches.
public struct LabelRule: Sendable {
  /// The name of the label.
  public let name: String
  private let pattern: Pattern

  private enum Pattern: Sendable {
    case text([UInt8])
    case expression(RegularExpression)
  }

  /// Why a text is not a rule.
  public struct Malformed: Error, Equatable, CustomStringConvertible {
    /// A sentence.
    public let description: String
  }

  /// The longest name in front of a regular expression, in bytes.
  private static let longestName = 64

  /// Reads `NAME=REGEX`, with a name of letters, digits, dots, dashes and underscores and an extended regular expression of
  /// POSIX, or else a text, which is the label's name as well.
  public init(_ text: String) throws(Malformed) {
    if let sign = text.utf8.firstIndex(of: UInt8(ascii: "=")), Self.isName(text[..<sign]) {
      name = String(text[..<sign])
      do throws(RegularExpression.Malformed) {
        pattern = .expression(try RegularExpression(String(text[text.utf8.index(after: sign)...])))
      } catch {
        throw Malformed(description: "“\(text.printable)” has no valid regular expression: \(error)")
      }
    } else {
      guard RecordedLabel.isName(text) else {
        throw Malformed(
          description:
            "“\(text.printable)” cannot be the name of a label: it has 1 to 256 bytes and no control characters")
      }
      name = text
      pattern = .text(Array(text.utf8))
    }
  }

  /// True when a line, or the start of one, matches.
  func matches(_ line: [UInt8]) -> Bool {
    switch pattern {
    case .expression(let expression): expression.matches(line)
    case .text(let text): Self.contains(line, text)
    }
  }

  private static func contains(_ line: [UInt8], _ text: [UInt8]) -> Bool {
    guard line.count >= text.count else { return false }
    return (0...(line.count - text.count)).contains { line[$0..<$0 + text.count].elementsEqual(text) }
  }

  private static func isName(_ text: Substring) -> Bool {
    (1...longestName).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }
}

/// Search for lines that match rules, in output that comes in blocks.
///
/// A line is searched as soon as a part of it has come, because a prompt has no end, and sets each label at most once.
struct LabelScanner {
  /// How much of a line is searched, in bytes.
  private static let longestLine = 4096

  private let rules: [LabelRule]
  private var line: [UInt8] = []
  /// The rules that matched the line.
  private var matched: Set<Int> = []

  init(_ rules: [LabelRule]) {
    self.rules = rules
  }

  /// The names of the labels that a block sets, in their order.
  mutating func take(_ block: [UInt8]) -> [String] {
    guard !rules.isEmpty else { return [] }
    var names: [String] = []
    for part in block.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      if part.offset > 0 {
        line.removeAll(keepingCapacity: true)
        matched.removeAll(keepingCapacity: true)
      }
      line += part.element.filter { $0 != UInt8(ascii: "\r") }.prefix(Self.longestLine - line.count)
      guard !part.element.isEmpty else { continue }
      for (index, rule) in rules.enumerated() where !matched.contains(index) && rule.matches(line) {
        matched.insert(index)
        names.append(rule.name)
      }
    }
    return names
  }
}

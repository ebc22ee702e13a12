/// Failures of a back end that are known, by the names of cases, each with its reason.
///
/// The file has a line for each case, `name: reason`. Empty lines, and those that start with `#`, say nothing.
public struct ExpectedFailures: Equatable, Sendable {
  /// A line that cannot be read, or a case that is not there.
  public struct Invalid: Error, Equatable, CustomStringConvertible {
    /// A sentence.
    public let description: String
  }

  /// Reasons by the names of cases.
  public private(set) var reasons: [String: String] = [:]

  /// None.
  public init() {}

  /// Reads the text of a file; `names` are the cases that there are.
  public init(_ text: String, names: Set<String>) throws(Invalid) {
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let line = Self.trimmed(line)
      guard !line.isEmpty, line.first != "#" else { continue }
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, !Self.trimmed(parts[1]).isEmpty else {
        throw Invalid(
          description: "Invalid line \(index + 1) of the expected failures: must be a case, a colon, and a reason.")
      }
      let name = String(Self.trimmed(parts[0]))
      guard names.contains(name) else {
        throw Invalid(
          description: "Line \(index + 1) of the expected failures names \(shown(name)): there is no such case.")
      }
      guard reasons.updateValue(String(Self.trimmed(parts[1])), forKey: name) == nil else {
        throw Invalid(description: "Line \(index + 1) of the expected failures names \(name) a second time.")
      }
    }
  }

  private static func trimmed(_ text: Substring) -> Substring {
    let end = text.lastIndex { !$0.isWhitespace }
    guard let start = text.firstIndex(where: { !$0.isWhitespace }), let end else { return "" }
    return text[start...end]
  }
}

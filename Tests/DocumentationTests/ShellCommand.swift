/// A simple command of a shell, split into words.
///
/// It is enough of a shell for the examples in pages: quotes, comments, lists, pipes, redirections and lines that go on.
struct ShellCommand: CustomStringConvertible {
  let words: [String]

  var description: String { words.joined(separator: " ") }

  /// The commands of some lines, in their order.
  static func all(in lines: [String]) -> [ShellCommand] {
    var scanner = Scanner(lines.joined(separator: "\n").replacing("\\\n", with: " "))
    return scanner.commands()
  }

  private struct Scanner {
    private var rest: Substring
    private var words: [String] = []
    private var word: String?
    private var isTarget = false
    private var found: [ShellCommand] = []

    init(_ text: String) {
      rest = Substring(text)
    }

    mutating func commands() -> [ShellCommand] {
      while let character = rest.popFirst() {
        switch character {
        case "'", "\"":
          let quoted = rest.prefix { $0 != character }
          rest = rest.dropFirst(quoted.count + 1)
          word = (word ?? "") + quoted
        case "#" where word == nil: rest = rest.drop { $0 != "\n" }
        case "$" where rest.first == "(": word = (word ?? "") + "$" + substitution()
        case "|", "&", ";", "\n": endCommand()
        case "<", ">":
          // A number before it is a descriptor, and no word.
          if word?.allSatisfy(\.isNumber) == true { word = nil }
          endWord()
          isTarget = true
        case _ where character.isWhitespace: endWord()
        default: word = (word ?? "") + String(character)
        }
      }
      endCommand()
      return found
    }

    /// The text of a substitution, with its parentheses.
    private mutating func substitution() -> String {
      var depth = 0
      var text = ""
      while let character = rest.popFirst() {
        text.append(character)
        if character == "(" { depth += 1 }
        if character == ")" { depth -= 1 }
        if depth == 0 { break }
      }
      return text
    }

    private mutating func endWord() {
      guard let word else { return }
      if !isTarget { words.append(word) }
      isTarget = false
      self.word = nil
    }

    private mutating func endCommand() {
      endWord()
      if !words.isEmpty { found.append(ShellCommand(words: words)) }
      words = []
    }
  }
}

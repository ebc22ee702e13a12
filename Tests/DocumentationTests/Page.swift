import Foundation

/// A page of documentation, with the parts that these tests compare.
struct Page: CustomStringConvertible {
  /// Its path in the repository.
  let path: String
  private let text: String

  var description: String { path }

  /// The repository.
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// All pages, in a fixed order.
  static let all: [Page] =
    (["README.md", ".github/CONTRIBUTING.md", ".github/SECURITY.md", ".github/CHANGELOG.md"]
    + files(below: "Sources").filter { $0.contains(".docc/") && $0.hasSuffix(".md") }).map(Page.init)

  /// The paths of all files below a folder of the repository, in a fixed order.
  static func files(below folder: String) -> [String] {
    let names = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
    return (names?.allObjects as? [String] ?? []).sorted().map { "\(folder)/\($0)" }
  }

  init(_ path: String) {
    self.path = path
    text = (try? String(contentsOf: Self.root.appending(path: path), encoding: .utf8)) ?? ""
  }

  /// Name of the library that the page describes: `PNG` for `Sources/PNG/PNG.docc/PNG.md`.
  var name: String { URL(filePath: path).deletingPathExtension().lastPathComponent }

  /// Its lines; those of code blocks have the block's language.
  private var lines: [(language: String?, text: String)] {
    var language: String?
    return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      guard line.hasPrefix("```") else { return (language, String(line)) }
      language = language == nil ? String(line.dropFirst(3)) : nil
      return (nil, "```")
    }
  }

  /// Its code blocks of a language, each with its lines.
  func codeBlocks(_ language: String) -> [[String]] {
    var blocks: [[String]] = []
    var wasInside = false
    for line in lines {
      let isInside = line.language == language
      if isInside, !wasInside { blocks.append([]) }
      if isInside { blocks[blocks.count - 1].append(line.text) }
      wasInside = isInside
    }
    return blocks
  }

  /// Code spans of its prose, between single back quotes.
  var codeSpans: [String] {
    lines.filter { $0.language == nil && $0.text != "```" }.flatMap { line in
      line.text.replacing("``", with: "").split(separator: "`", omittingEmptySubsequences: false).enumerated()
        .filter { !$0.offset.isMultiple(of: 2) }.map { String($0.element) }
    }
  }

  /// The targets of its links to files, as paths in the repository.
  var linkedFiles: [String] {
    let folder = URL(filePath: "/" + path).deletingLastPathComponent()
    return text.components(separatedBy: "](").dropFirst().map { String($0.prefix { $0 != ")" }) }
      .filter { !$0.contains(":") }
      .map { String(folder.appending(path: $0).standardized.path.dropFirst()) }
  }
}

import ArgumentParser
import Foundation
import Testing

@testable import scanout

@Suite("References of the documentation")
struct ReferenceTests {
  private func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: Page.root.appending(path: path).path)
  }

  /// The names of all files of libraries and tests.
  private static let fileNames = Set(
    (Page.files(below: "Sources") + Page.files(below: "Tests")).map { URL(filePath: $0).lastPathComponent })

  @Test("every file that a page names or links to exists", arguments: Page.all)
  func files(_ page: Page) {
    for file in page.linkedFiles where !exists(file) { Issue.record("there is no \(file)") }
    for span in page.codeSpans {
      let word = String(span.prefix { $0 != " " })
      if ["Sources/", "Tests/", "Tools/", "Fixtures/", ".github/"].contains(where: word.hasPrefix) {
        // A pattern names the folder that it stands in.
        let path = word.split(separator: "/").prefix { !$0.contains("*") }.joined(separator: "/")
        if !exists(path) { Issue.record("there is no \(path)") }
      } else if word.wholeMatch(of: /[\w+]+\.swift/) != nil, !Self.fileNames.contains(word) {
        Issue.record("there is no \(word)")
      }
    }
  }

  /// The long options of scanout and its subcommands.
  private static var options: Set<String> {
    var options: Set<String> = []
    func add(_ type: any ParsableCommand.Type) {
      for word in ScanoutCommand.helpMessage(for: type).split(whereSeparator: { " ,\n()".contains($0) })
      where word.hasPrefix("--") {
        options.insert(String(word))
      }
      type.configuration.subcommands.forEach(add)
    }
    add(ScanoutCommand.self)
    return options
  }

  @Test("every option that a user's page names exists")
  func optionNames() {
    let options = Self.options
    #expect(options.contains("--socket-path"))
    for page in Page.all where page.path == "README.md" || page.path.contains("scanout.docc") {
      for span in page.codeSpans where span.hasPrefix("--") {
        // Those of tools follow the tool's name.
        let name = String(span.prefix { $0 != " " && $0 != "=" })
        if !options.contains(name), name != "--seconds" { Issue.record("\(page): there is no \(name)") }
      }
    }
  }

  @Test("the changelog begins with the version of the program")
  func version() {
    let page = Page.root.appending(path: ".github/CHANGELOG.md")
    let text = (try? String(contentsOf: page, encoding: .utf8)) ?? ""
    let first = text.split(separator: "\n").first { $0.hasPrefix("## ") }
    #expect(first?.split(separator: " ").dropFirst().first.map(String.init) == ScanoutCommand.version)
  }
}

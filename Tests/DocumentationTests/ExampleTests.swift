import ArgumentParser
import Foundation
import Testing

@testable import scanout

@Suite("Examples of the documentation")
struct ExampleTests {
  /// The parts of the files in `Snippets`, which are compiled with these tests, by the name of the page that shows them.
  private static var snippets: [String: [[String]]] {
    var snippets: [String: [[String]]] = [:]
    for file in Page.files(below: "Tests/DocumentationTests/Snippets") {
      let text = (try? String(contentsOf: Page.root.appending(path: file), encoding: .utf8)) ?? ""
      var page: String?
      for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
        let words = line.split(separator: " ")
        if words.count == 3, words.starts(with: ["//", "page"]) {
          page = String(words[2])
          snippets[String(words[2]), default: []].append([])
        } else if words == ["//", "end"] {
          page = nil
        } else if let page {
          // Each stands in the body of a function.
          let last = (snippets[page]?.count ?? 1) - 1
          snippets[page]?[last].append(String(line.hasPrefix("  ") ? line.dropFirst(2) : line))
        }
      }
    }
    return snippets
  }

  @Test("every Swift example of a page is in Snippets, word for word, and nothing else is")
  func swiftExamples() {
    let snippets = Self.snippets
    var shown: Set<String> = []
    for page in Page.all {
      let examples = page.codeBlocks("swift")
      guard !examples.isEmpty else { continue }
      #expect(examples == snippets[page.name] ?? [], "\(page)")
      shown.insert(page.name)
    }
    #expect(Set(snippets.keys) == shown)
    #expect(!shown.isEmpty)
  }

  /// The error with which a command line of scanout is refused; nil: it is accepted.
  private func refusal(_ command: ShellCommand) -> String? {
    do {
      _ = try ScanoutCommand.parseAsRoot(Ctl.reordered(Array(command.words.dropFirst())))
      return nil
    } catch {
      // --help and --version end as well, with success.
      return ScanoutCommand.exitCode(for: error) == .success ? nil : ScanoutCommand.message(for: error)
    }
  }

  @Test("every command line of scanout on a page is accepted")
  func commandLines() {
    var count = 0
    for page in Page.all {
      for command in page.codeBlocks("sh").flatMap(ShellCommand.all) where command.words.first == "scanout" {
        count += 1
        let refusal = refusal(command)
        #expect(refusal == nil, "\(page): \(command)")
      }
    }
    #expect(count > 20)
  }

  @Test("every command line of scanout in a --help is accepted")
  func helpExamples() {
    var count = 0
    func check(_ type: any ParsableCommand.Type) {
      let lines = type.configuration.discussion.split(separator: "\n").filter { $0.hasPrefix("  scanout ") }
      for command in ShellCommand.all(in: lines.map(String.init)) where command.words.first == "scanout" {
        count += 1
        let refusal = refusal(command)
        #expect(refusal == nil, "\(type): \(command)")
      }
      type.configuration.subcommands.forEach(check)
    }
    check(ScanoutCommand.self)
    #expect(count > 20)
  }

  @Test(
    "commands of a shell are found",
    arguments: [
      ("scanout verify a --golden b", [["scanout", "verify", "a", "--golden", "b"]]),
      ("scanout demo & wait # for it", [["scanout", "demo"], ["wait"]]),
      ("a 'b c' \"d\"; e && f | g", [["a", "b c", "d"], ["e"], ["f"], ["g"]]),
      ("a 2> b > c <d e", [["a", "e"]]),
      ("a \\\n  b", [["a", "b"]]),
      ("a X=$(b | c) d", [["a", "X=$(b | c)", "d"]]),
    ])
  func shell(_ line: String, _ commands: [[String]]) {
    #expect(ShellCommand.all(in: [line]).map(\.words) == commands)
  }
}

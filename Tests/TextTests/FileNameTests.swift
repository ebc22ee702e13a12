import Foundation
import Testing
import Text

@Suite("File names are bytes")
struct FileNameTests {
  static let names: [[UInt8]] = [
    Array("home.png".utf8), Array("é.png".utf8), Array("e\u{301}.png".utf8), [0x63, 0x61, 0x66, 0xE9], [0xE9], [0xC3],
    [0xFF, 0xFE, 0x80], Array("\u{10FFE9}".utf8), [0xE2, 0x82], [0xED, 0xA0, 0x80], Array("it's a $HOME\n\\x".utf8),
    Array("-rf".utf8), Array("a\u{1b}[31mb'c".utf8), [0x27, 0xE9, 0x37],
  ]

  @Test("a name becomes text and the same bytes again, whatever they are", arguments: names)
  func roundTrip(bytes: [UInt8]) {
    #expect(String(fileName: bytes).fileNameBytes == bytes)
  }

  @Test("two names never become one text")
  func injective() {
    #expect(Set(Self.names.map { Array(String(fileName: $0).utf8) }).count == Self.names.count)
  }

  @Test("a byte that is no UTF-8 is shown as one")
  func printable() {
    #expect(String(fileName: [0x63, 0x61, 0x66, 0xE9]).printable == "caf\\xe9")
  }

  @Test("bash reads every quoted name back as its bytes", arguments: names)
  func quoted(bytes: [UInt8]) throws {
    let shell = Process()
    shell.executableURL = URL(filePath: "/bin/bash")
    shell.arguments = ["-c", "printf %s \(String(fileName: bytes).shellQuoted)"]
    let pipe = Pipe()
    shell.standardOutput = pipe
    try shell.run()
    let read = [UInt8](pipe.fileHandleForReading.readDataToEndOfFile())
    shell.waitUntilExit()
    let expected = bytes.first == UInt8(ascii: "-") ? Array("./".utf8) + bytes : bytes
    #expect(read == expected)
  }

  @Test("a name that needs no quotes has none; an empty one has quotes")
  func plain() {
    #expect("Goldens/0-000001.png".shellQuoted == "Goldens/0-000001.png")
    #expect("".shellQuoted == "''")
    #expect("it's".shellQuoted == "'it'\\''s'")
  }

  @Test("a path has one slash between folder and name")
  func joined() {
    #expect("Goldens".path(to: "a.png") == "Goldens/a.png")
    #expect("Goldens/".path(to: "a.png") == "Goldens/a.png")
    #expect("/".path(to: "a.png") == "/a.png")
  }
}

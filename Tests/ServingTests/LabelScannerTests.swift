import LinuxIO
import Testing

@testable import Serving

@Suite("Labels in the output of a command")
struct LabelScannerTests {
  private static func scan(_ rules: [String], _ blocks: [[UInt8]]) throws -> [String] {
    var scanner = LabelScanner(try rules.map { try LabelRule($0) })
    return blocks.flatMap { scanner.take($0) }
  }

  private static func scan(_ rules: [String], _ blocks: String...) throws -> [String] {
    try scan(rules, blocks.map { Array($0.utf8) })
  }

  @Test("are set by a text, whose name is the text, and by a regular expression with a name")
  func rules() throws {
    #expect(try Self.scan(["login: "], "debian login: ") == ["login: "])
    #expect(try Self.scan(["login: "], "debian login") == [])
    #expect(try Self.scan(["up=^reached .* in [0-9]+ s"], "reached desktop in 7 s\n") == ["up"])
    // A text with characters of regular expressions is a text all the same.
    #expect(try Self.scan(["(ok)"], "it is (ok)\nok\n") == ["(ok)"])
    #expect(try Self.scan(["a b=c"], "x a b=c") == ["a b=c"])
  }

  @Test("are set as soon as the text has come, in whatever pieces, once in a line")
  func pieces() throws {
    #expect(try Self.scan(["login:"], "deb", "ian lo", "gin", ":", " root", "\n") == ["login:"])
    #expect(try Self.scan(["login:"], "login: login:\nlogin:\r\nlog\nin:") == ["login:", "login:"])
    #expect(try Self.scan(["b", "a"], "a", "b") == ["a", "b"])
    #expect(try Self.scan(["last=end$"], "the e", "nd\n") == ["last"])
  }

  @Test("are searched in the first 4096 bytes of a line, and in any bytes")
  func long() throws {
    let long = [UInt8](repeating: 0x78, count: 4095)
    #expect(try Self.scan(["ab"], [long + Array("ab".utf8)]) == [])
    #expect(try Self.scan(["ab"], [long, Array("ab\nab".utf8)]) == ["ab"])
    #expect(try Self.scan(["ab"], [[0, 0xff, 0x61], [0x62]]) == ["ab"])
    #expect(try Self.scan(["a"], [[], [0x0a], []]) == [])
  }

  @Test(
    "have rules that are understood", arguments: ["", "a=(", "a=", "a\nb", "x=\\1", String(repeating: "a", count: 257)])
  func malformed(text: String) {
    let error = #expect(throws: LabelRule.Malformed.self) { try LabelRule(text) }
    #expect(error?.description.contains("“") == true)
  }

  @Test("the path of the socket takes the place of each {socket}")
  func words() throws {
    let command = GuestCommandConfiguration(
      ["qemu", "-chardev", "socket,id=gpu,path={socket}", "{socket}{socket}", "{socke"],
      output: try EventCounter().descriptor, errors: try EventCounter().descriptor)
    #expect(
      command.words(socket: "/tmp/{socket}") == [
        "qemu", "-chardev", "socket,id=gpu,path=/tmp/{socket}", "/tmp/{socket}/tmp/{socket}", "{socke",
      ])
  }
}

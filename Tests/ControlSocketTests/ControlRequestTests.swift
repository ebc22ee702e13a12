import ControlSocket
import Display
import Testing
import VirtioGPU

@Suite("Control requests")
struct ControlRequestTests {
  private static let requests: [ControlRequest] = [
    .list, .change(.remove(0)), .change(.remove(15)), .change(.move(1, to: Point(x: -1280, y: 40))),
  ]

  private func parse(_ text: String) throws(ControlError) -> ControlRequest {
    try ControlRequest(line: Array(text.utf8))
  }

  @Test("a request is the same after being written and read", arguments: requests)
  func roundTrip(request: ControlRequest) throws {
    #expect(try ControlRequest(line: request.line) == request)
    #expect(request.line.count <= ControlRequest.longest / 8)
  }

  @Test("a mode is the same after being written and read", arguments: ["32x32", "8192x8192@59.94", "1003x601@144"])
  func modes(text: String) throws {
    let mode = try #require(DisplayMode(text))
    let changes: [OutputChange] = [
      .resize(3, mode), .add(mode, at: nil), .add(mode, at: Point(x: .min, y: .max)),
    ]
    for change in changes {
      #expect(try ControlRequest(line: ControlRequest.change(change).line) == .change(change))
    }
  }

  @Test("input is the same after being written and read, and what is left out has a meaning")
  func input() throws {
    let inputs: [ControlInput] = [
      .key(try KeyChord("ctrl-alt-f2")), .type("uname -a\n\t\"é\u{1F600}"), .point(Point(x: -1, y: .max), output: 15),
      .click(.zero, output: 1, .side), .scroll(vertical: -1, horizontal: 120_000), .touch(Point(x: 3, y: 4), output: 0),
    ]
    for input in inputs { #expect(try ControlRequest(line: ControlRequest.input(input).line) == .input(input)) }
    #expect(try KeyChord("Shift-ALTGR-enter").keys.map(\.rawValue) == [42, 100, 28])
    #expect(try parse(#"{"command":"click","x":1,"y":2}"#) == .input(.click(Point(x: 1, y: 2), output: 0, .left)))
    #expect(try parse(#"{"command":"scroll","vertical":0.5}"#) == .input(.scroll(vertical: 60, horizontal: 0)))
    let longest = String(repeating: "\u{1}", count: ControlInput.longestText)
    #expect(ControlRequest.input(.type(longest)).line.count <= ControlRequest.longest)
  }

  @Test(
    "the layout of the United States types every character of ASCII that can be printed, each with a key of its own")
  func layout() throws {
    let printable = String(String.UnicodeScalarView((32..<127).compactMap(Unicode.Scalar.init)))
    let strokes = try KeyboardLayout.us.strokes(for: printable)
    #expect(strokes.count == 95 && Set(strokes.map { "\($0.key.rawValue)\($0.isShifted)" }).count == 95)
    #expect(try KeyboardLayout.us.strokes(for: "aZ\n~").map(\.key.rawValue) == [30, 44, 28, 41])
    #expect(try KeyboardLayout.us.strokes(for: "aZ\n~").map(\.isShifted) == [false, true, false, true])
    #expect(throws: ControlError.self) { try KeyboardLayout.us.strokes(for: "a\u{1}") }
  }

  @Test("spaces, another order and nulls in place of what may be left out do not matter")
  func forms() throws {
    let mode = try #require(DisplayMode("640x480"))
    #expect(
      try parse(#" {"height" : 480, "width":640 , "command" : "add", "hertz": null } "#)
        == .change(.add(mode, at: nil)))
    #expect(try parse(#"{"command":"\u006cist"}"#) == .list)
  }

  @Test(
    "a line that is not a request is refused with a sentence",
    arguments: [
      ("", "one line of JSON"), ("list", "one line of JSON"), ("{", "one line of JSON"), ("[]", "one line of JSON"),
      ("null", "one line of JSON"), ("5", "one line of JSON"), (#""list""#, "one line of JSON"),
      (#"{"command":"list"}{"command":"list"}"#, "one line of JSON"), ("\u{0}", "one line of JSON"),
      ("{}", "a request has a command"), (#"{"command":null}"#, "a request has a command"),
      (#"{"command":5}"#, "one line of JSON"),
      (
        #"{"command":"plug"}"#,
        "add, attach-display, click, key, list, move, point, remove, resize, scroll, touch, type"
      ),
      (#"{"Command":"list"}"#, "a request has a command"),
      (#"{"command":"list","output":1}"#, #"list has no member "output""#),
      (#"{"command":"remove","output":1,"force":true}"#, #"remove has no member "force""#),
      (#"{"command":"remove"}"#, "remove needs output"), (#"{"command":"remove","output":null}"#, "needs output"),
      (#"{"command":"remove","output":"1"}"#, "one line of JSON"),
      (#"{"command":"remove","output":1.5}"#, "one line of JSON"),
      (#"{"command":"remove","output":1e400}"#, "one line of JSON"),
      (#"{"command":"remove","output":99999999999999999999}"#, "one line of JSON"),
      (#"{"command":"add"}"#, "add needs width"), (#"{"command":"add","width":640}"#, "add needs height"),
      (#"{"command":"add","width":-640,"height":480}"#, "one line of JSON"),
      (#"{"command":"add","width":4294967296,"height":480}"#, "one line of JSON"),
      (#"{"command":"add","width":31,"height":480}"#, "31x480 is not a mode"),
      (#"{"command":"add","width":640,"height":8193}"#, "640x8193 is not a mode"),
      (#"{"command":"add","width":640,"height":480,"hertz":0}"#, "640x480 at 0.0 Hz is not a mode"),
      (#"{"command":"add","width":640,"height":480,"hertz":-1e300}"#, "is not a mode"),
      (#"{"command":"add","width":640,"height":480,"hertz":1e300}"#, "is not a mode"),
      (#"{"command":"add","width":640,"height":480,"x":1}"#, "add needs y"),
      (#"{"command":"add","width":640,"height":480,"y":1}"#, "add needs x"),
      (#"{"command":"resize","width":640,"height":480}"#, "resize needs output"),
      (#"{"command":"resize","output":0}"#, "resize needs width"),
      (#"{"command":"move","output":0}"#, "move needs x and y"),
      (#"{"command":"move","output":0,"x":2147483648,"y":0}"#, "one line of JSON"),
      (#"{"command":"key"}"#, "key needs keys"), (#"{"command":"key","keys":""}"#, #"there is no key """#),
      (#"{"command":"key","keys":"ctrl-quit"}"#, #"there is no key "quit""#),
      (#"{"command":"key","keys":"a-b-a"}"#, "twice"), (#"{"command":"key","keys":5}"#, "one line of JSON"),
      (#"{"command":"key","keys":"a-b-c-d-e-f-g-h-i-j-k"}"#, "at most 10"),
      (#"{"command":"type"}"#, "type needs text"),
      (#"{"command":"type","text":"\#(String(repeating: "a", count: 129))"}"#, "at most 128"),
      (#"{"command":"point","x":5}"#, "point needs y"), (#"{"command":"click"}"#, "click needs x and y"),
      (#"{"command":"click","x":1,"y":1,"button":"up"}"#, "left, right, middle, side, extra"),
      (#"{"command":"click","x":1,"y":1,"keys":"a"}"#, #"click has no member "keys""#),
      (#"{"command":"scroll","vertical":1000.5}"#, "at most 1000"),
      (#"{"command":"scroll","horizontal":-1e300}"#, "at most 1000"),
      (#"{"command":"touch","x":1,"y":1,"output":"1"}"#, "one line of JSON"),
    ])
  func malformed(text: String, words: String) {
    let error = #expect(throws: ControlError.self) { try parse(text) }
    #expect(error?.description.contains(words) == true, "it says: \(error?.description ?? "")")
  }

  @Test("bytes that are not text, and endless nesting, are refused")
  func bytes() {
    for line in [[0xff, 0xfe, 0xfd], [0xc3, 0x28], [UInt8](repeating: 0x5b, count: 1000)] as [[UInt8]] {
      #expect(throws: ControlError.self) { try ControlRequest(line: line) }
    }
  }

  @Test("a line longer than any request is refused unread, and an unknown member is not repeated in full")
  func long() {
    #expect(throws: ControlError("the line is longer than 1024 bytes")) {
      try ControlRequest(line: [UInt8](repeating: 0x20, count: 1025))
    }
    let member = String(repeating: "é", count: 400)
    let error = #expect(throws: ControlError.self) { try parse(#"{"command":"list","\#(member)":1}"#) }
    #expect((error?.description.count ?? 0) < 100)
  }
}

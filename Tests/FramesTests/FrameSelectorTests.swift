import Display
import Frames
import PNG
import Testing

@Suite("A frame selector")
struct FrameSelectorTests {
  private static let hash = String(repeating: "0123456789abcdef", count: 2)

  static let texts: [(String, FrameSelector)] = [
    ("first", FrameSelector(.first)),
    ("last", FrameSelector(.last)),
    ("1:last", FrameSelector(.last, on: 1)),
    ("settled:3", FrameSelector(.settled(.ticks(3)))),
    ("settled:500ms", FrameSelector(.settled(.nanoseconds(500_000_000)))),
    ("15:settled:30s", FrameSelector(.settled(.nanoseconds(30_000_000_000)), on: 15)),
    ("settled:3@login:", FrameSelector(.settled(.ticks(3), after: "login:"))),
    ("settled:1000ms@a@b", FrameSelector(.settled(.nanoseconds(1_000_000_000), after: "a@b"))),
    ("label:login:", FrameSelector(.label("login:"))),
    ("label:the desktop, é", FrameSelector(.label("the desktop, é"))),
    ("255:frame:42", FrameSelector(.frame(42), on: 255)),
    ("tick:7", FrameSelector(.tick(7))),
    ("time:2500ms", FrameSelector(.time(DisplayTime(nanoseconds: 2_500_000_000)))),
    ("time:0.000000001s", FrameSelector(.time(DisplayTime(nanoseconds: 1)))),
    ("time:0ms", FrameSelector(.time(.zero))),
  ]

  @Test("is read from its text, and written as that", arguments: texts)
  func reads(text: String, selector: FrameSelector) {
    #expect(FrameSelector(text) == selector)
    #expect(selector.description == text)
  }

  @Test("is read from a hash")
  func readsHash() throws {
    #expect(try FrameSelector("hash:\(Self.hash)") == FrameSelector(.hash(#require(FrameHash(Self.hash)))))
    #expect(FrameSelector("hash:\(Self.hash)")?.description == "hash:\(Self.hash)")
  }

  @Test("is read from other forms of the same time", arguments: ["2.5s", "2.500s", "2500ms", "2500.000ms", "02.5s"])
  func times(text: String) {
    #expect(FrameSelector("time:\(text)") == FrameSelector(.time(DisplayTime(nanoseconds: 2_500_000_000))))
  }

  static let malformed: [String] = [
    "", "now", "Last", "last ", " last", "last:", ":last", "256:last", "-1:last", "+1:last", "1:1:last", "1:",
    "settled",
    "settled:", "settled:0", "settled:-1", "settled:0ms", "settled:1.5", "settled:5m", "settled:1e3ms", "settled:ms",
    "settled:1.s", "settled:.5s", "settled:1.2.3s", "settled:0.0000000001s", "settled:0.0000001ms",
    "settled:@a", "settled:1@", "settled:1ms@\n", "settled:1 @a", "settled:99999999999s", "settled:9999999999999999999",
    "settled:18446744073709551616", "label:", "label:\u{0}",
    "label:a\nb", "label:\u{1b}[2J", "label:" + String(repeating: "x", count: 257), "frame:0", "frame:", "frame:x",
    "frame:1-2", "frame:99999999999999999999", "tick:0", "tick:x", "hash:", "hash:0123", "hash:" + hash + "0",
    "hash:" + String(repeating: "F", count: 32), "time:", "time:2.5", "time:s", "time:٣s", "time:1ss",
    String(repeating: "1", count: 600), "label:" + String(repeating: "y", count: 600),
  ]

  @Test("is nothing else", arguments: malformed)
  func refuses(text: String) {
    #expect(FrameSelector(text) == nil)
  }

  @Test("has a name in front, which is the path of a file")
  func selection() throws {
    let selection = try #require(FrameSelection("weston/desktop=1:label:a=b"))
    #expect(selection.name.file == "weston/desktop.png")
    #expect(selection.selector == FrameSelector(.label("a=b"), on: 1))
    #expect(selection.description == "weston/desktop=1:label:a=b")
    #expect(FrameSelection("desktop.png=last")?.name.file == "desktop.png")
  }

  @Test(
    "has no name that leads out of the folder, or is none",
    arguments: [
      "last", "=last", "/etc/x=last", "../x=last", "a/../b=last", "./a=last", ".hidden=last", "a//b=last", "a/=last",
      "-r=last", "a\nb=last", "a\u{0}=last", "a\u{1b}=last", "a=", "a=b", ".png=last",
      String(repeating: "a", count: 201) + "=last", String(repeating: "a/", count: 16) + "a=last",
    ])
  func badName(text: String) {
    #expect(FrameSelection(text) == nil)
  }
}

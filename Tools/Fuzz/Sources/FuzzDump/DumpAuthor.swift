import Display
import FuzzSupport

/// Writes a folder that the fuzzer chooses: usually similar to a dump, with arbitrary events.
struct DumpAuthor {
  private static let maximumLines = 100
  private var choices: Choices
  private var time: UInt64 = 0
  /// The version that is written most of the time.
  private var version = 2

  init(_ choices: Choices) {
    self.choices = choices
  }

  mutating func write() throws {
    try Workplace.clear(Workplace.source)
    switch choices.below(8) {
    case 0: try writeBytes()
    case 1: try writeImages()
    default: try writeDump()
    }
  }

  /// Manifest, events and one frame as they come, parted by zeros.
  private mutating func writeBytes() throws {
    let parts = choices.rest().split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false).map(Array.init)
    try Workplace.write(Workplace.first.bytes, to: "frames/0-000002.png")
    for (name, bytes) in zip(["manifest.json", "events.jsonl", "frames/0-000001.png"], parts) {
      try Workplace.write(bytes, to: name)
    }
  }

  /// A folder of images without a log or manifest.
  private mutating func writeImages() throws {
    for _ in 0..<choices.below(6) {
      let name = choices.pick(
        "0-000001.png", "frame9.PNG", "frame10.png", "1-000007.png", "1-000007.cursor.png", ".x.png")
      try Workplace.write(imageBytes(), to: name)
    }
  }

  private mutating func writeDump() throws {
    version = 1 + choices.below(3)
    try Workplace.write(manifest(), to: "manifest.json")
    for name in ["0-000001", "0-000002", "0-000002.cursor", "1-000001"] where !choices.oneIn(8) {
      try Workplace.write(imageBytes(), to: "frames/\(name).png")
    }
    if !choices.oneIn(8) {
      let bytes = choices.oneIn(8) ? imageBytes() : Workplace.cursor.bytes
      try Workplace.write(bytes, to: "cursors/\(Workplace.cursor.hash).png")
    }
    var log: [UInt8] = []
    for _ in 0..<Self.maximumLines where !choices.isEmpty {
      log += choices.oneIn(16) ? choices.run(atMost: 60) : Array(line().utf8)
      if !choices.oneIn(32) { log.append(UInt8(ascii: "\n")) }
    }
    try Workplace.write(log, to: "events.jsonl")
  }

  private mutating func manifest() -> [UInt8] {
    let scanouts = (0..<choices.below(3)).map {
      "{\"scanout\":\($0),\"frames\":\(choices.byte()),\"sizes\":[],\"formats\":[]}"
    }
    let text = """
      {"format":"scanout frame dump","version":\(choices.oneIn(32) ? Int(choices.byte()) : version),
      "finished":\(choices.oneIn(2)),"cursor":"\(choices.pick("without", "with", "both"))",
      "frames":"\(choices.pick("flush", "vsync"))","provenance":{"producer":"","source":"","renderer":""},
      "scanouts":[\(scanouts.joined(separator: ","))]}
      """
    return Array(text.utf8)
  }

  /// One of the images, whole or cut, or with a byte changed.
  private mutating func imageBytes() -> [UInt8] {
    var bytes = choices.pick(Workplace.first, Workplace.second, Workplace.cursor).bytes
    switch choices.below(16) {
    case 14: bytes.removeLast(choices.below(bytes.count))
    case 15: bytes[choices.below(bytes.count)] = choices.byte()
    default: break
    }
    return bytes
  }

  private mutating func line() -> String {
    time = choices.oneIn(16) ? choices.long() : time &+ UInt64(choices.byte())
    let start = #""scanout":\#(number(2)),"time":\#(time)"#
    switch choices.below(10) {
    case 0:
      let format = choices.pick("b8g8r8x8", "r8g8b8a8", "x8r8g8b8")
      return choices.oneIn(4)
        ? #"{"kind":"scanout",\#(start)}"#
        : #"{"kind":"scanout",\#(start),"surface":{"format":"\#(format)","size":\#(size())}}"#
    case 1...3: return #"{"kind":"damage",\#(start),"damage":\#(rectangle())\#(frame(inVersion: 1))}"#
    case 8, 9: return #"{"kind":"frame",\#(start),"count":\#(number(9))\#(frame(inVersion: 2))}"#
    case 4:
      let hash = choices.oneIn(8) ? Workplace.first.hash : Workplace.cursor.hash
      return choices.oneIn(4)
        ? #"{"kind":"cursor",\#(start)}"#
        : #"{"kind":"cursor",\#(start),"cursor":{"file":"cursors/\#(hash).png","hotSpot":\#(point())}}"#
    case 5: return #"{"kind":"cursorMoved",\#(start),"position":\#(point())}"#
    case 7 where choices.oneIn(4):
      let name = choices.oneIn(8) ? String(decoding: choices.run(atMost: 20), as: UTF8.self) : "ready"
      return #"{"kind":"label","label":"\#(name)","time":\#(time)}"#
    default:
      return
        #"{"kind":"vsync",\#(start),"tick":\#(choices.oneIn(8) ? choices.long() : UInt64(choices.byte()))\#(frame())}"#
    }
  }

  /// The frame that an event completes, if it completes one.
  private mutating func frame(inVersion likely: Int? = nil) -> String {
    guard choices.oneIn(likely == nil || likely == min(version, 2) ? 2 : 16) else { return "" }
    let name = choices.pick("0-000001", "0-000002", "1-000001", "0-000003")
    let hash = choices.pick(Workplace.first, Workplace.second, Workplace.cursor).hash
    let word = version == 1 ? "pointer" : "cursor"
    let second =
      choices.oneIn(4)
      ? #","\#(word)File":"frames/0-000002.cursor.png","\#(word)Hash":"\#(Workplace.second.hash)""# : ""
    return #","frame":{"file":"frames/\#(name).png","hash":"\#(hash)","number":\#(number(4))\#(second)}"#
  }

  /// A small number, or any 64-bit number.
  private mutating func number(_ count: Int) -> String {
    choices.oneIn(16) ? "\(Int64(bitPattern: choices.long()))" : "\(choices.below(count))"
  }

  private mutating func size() -> String {
    choices.oneIn(8)
      ? #"{"width":\#(choices.word()),"height":\#(choices.word())}"#
      : choices.pick(#"{"width":6,"height":4}"#, #"{"width":3,"height":3}"#)
  }

  private mutating func rectangle() -> String {
    let (x, y) =
      choices.oneIn(8) ? (choices.word(), choices.word()) : (UInt32(choices.below(4)), UInt32(choices.below(3)))
    let (width, height) = choices.oneIn(8) ? (choices.word(), choices.word()) : (1, 2)
    return #"{"x":\#(x),"y":\#(y),"width":\#(width),"height":\#(height)}"#
  }

  private mutating func point() -> String {
    let (x, y) = (Int32(bitPattern: choices.word()), Int32(bitPattern: choices.word()))
    return #"{"x":\#(choices.oneIn(4) ? -x.magnitudeClamped : x),"y":\#(y)}"#
  }
}

extension Int32 {
  fileprivate var magnitudeClamped: Int32 { self == .min ? .max : abs(self) }
}

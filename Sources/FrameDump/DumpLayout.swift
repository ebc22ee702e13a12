internal import Display
internal import PNG

/// The names of a dump's files. A name that is read from a file is taken only if it is one of these, so none leads out
/// of the folder.
enum DumpLayout {
  static let manifest = "manifest.json"
  static let events = "events.jsonl"
  static let frames = "frames"
  static let cursors = "cursors"
  /// What a file is called until all of it is there; one thread writes, so each folder has at most one.
  static let unfinished = ".unfinished"

  /// The scanouts that a dump can hold. The devices have at most 16.
  static let scanouts = 0..<256

  /// The file of a pointer's image.
  static func cursor(_ hash: FrameHash) -> String { "\(cursors)/\(hash).png" }

  /// The hash in a name that ``cursor(_:)`` made.
  static func cursorHash(in name: String) -> FrameHash? {
    guard name.hasPrefix("\(cursors)/"), name.hasSuffix(".png") else { return nil }
    return FrameHash(String(name.dropFirst(cursors.count + 1).dropLast(4)))
  }

  /// The name beside a file's own under which it is written first.
  static func temporary(for name: String) -> String {
    name.split(separator: "/").dropLast().map { "\($0)/" }.joined() + unfinished
  }
}

/// The name of a frame's file: `frames/0-000042.png`, or `frames/0-000042.cursor.png` for a second one with the pointer.
struct FrameName: Hashable, Sendable, CustomStringConvertible {
  let scanout: ScanoutID
  /// Counted per scanout, from 1.
  let number: Int
  /// True for the second file.
  let showsPointer: Bool

  init(scanout: ScanoutID, number: Int, showsPointer: Bool = false) {
    self.scanout = scanout
    self.number = number
    self.showsPointer = showsPointer
  }

  /// Reads a name; nil if ``description`` would never give it.
  init?(_ text: String) {
    guard text.hasPrefix("\(DumpLayout.frames)/") else { return nil }
    self.init(file: String(text.dropFirst(DumpLayout.frames.count + 1)))
  }

  /// Reads a name without its folder.
  init?(file: String) {
    let parts = file.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let scanout = Int(parts[0]), DumpLayout.scanouts.contains(scanout) else { return nil }
    let digits = parts[1].prefix { $0.isASCII && $0.isNumber }
    guard let number = Int(digits), number > 0 else { return nil }
    self.init(scanout: scanout, number: number, showsPointer: file.hasSuffix(".cursor.png"))
    guard self.file == file else { return nil }
  }

  /// The name of the second file.
  var withPointer: FrameName { FrameName(scanout: scanout, number: number, showsPointer: true) }

  /// The name without its folder.
  var file: String {
    let digits = String(number)
    let zeros = String(repeating: "0", count: max(0, 6 - digits.count))
    return "\(scanout)-\(zeros)\(digits)\(showsPointer ? ".cursor" : "").png"
  }

  var description: String { "\(DumpLayout.frames)/\(file)" }
}

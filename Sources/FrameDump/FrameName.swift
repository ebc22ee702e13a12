internal import Display

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

  /// The name of the first file.
  var withoutPointer: FrameName { FrameName(scanout: scanout, number: number) }

  /// The name without its folder.
  var file: String {
    let digits = String(number)
    let zeros = String(repeating: "0", count: max(0, 6 - digits.count))
    return "\(scanout)-\(zeros)\(digits)\(showsPointer ? ".cursor" : "").png"
  }

  var description: String { "\(DumpLayout.frames)/\(file)" }
}

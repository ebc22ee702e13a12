public import Display
internal import PNG
internal import Text

/// Name of a frame, and of its golden: the path of its file without `.png`.
///
/// `chrome/home.png` is called `chrome/home`. A dump calls its frames `0-000042` by scanout and number, and
/// `0-000042.cursor` where they show the cursor; only names in exactly that form have a scanout and a number. No two files
/// have one name: `2024-1`, `2024-01` and `Upper.PNG` are three (`.png` is left out in small letters only). Names are
/// compared byte by byte; in ``description``, bytes that are not UTF-8 are replaced by `String(fileName:)`.
public struct FrameName: Hashable, Sendable, CustomStringConvertible {
  /// The name.
  public let description: String
  /// The scanout and the number in the name; nil for a name of another kind.
  package let position: Position?

  /// What a name in the form of a recording's frames says.
  package struct Position: Hashable, Sendable {
    /// The scanout.
    package let scanout: ScanoutID
    /// Counted per scanout, from 1.
    package let number: Int
    /// True for the second file of a frame, which shows the cursor.
    package let showsCursor: Bool
  }

  /// The scanouts that a recording can hold. The devices have at most 16.
  package static let scanouts = 0..<256

  /// The name that a dump gives a frame. Numbers count from 1.
  public init(scanout: ScanoutID, number: Int, showsCursor: Bool = false) {
    position = Position(scanout: scanout, number: number, showsCursor: showsCursor)
    let digits = String(number)
    let zeros = String(repeating: "0", count: max(0, 6 - digits.count))
    description = "\(scanout)-\(zeros)\(digits)\(showsCursor ? Self.cursorSuffix : "")"
  }

  /// The name of the image in a file: its path, relative to the folder of all images, without `.png`.
  public init(file path: String) {
    var name = path
    if Self.hasSuffix(path) {
      let shorter = String(decoding: path.utf8.dropLast(Self.fileSuffix.utf8.count), as: UTF8.self)
      // `Upper.PNG` is the name of the file `Upper.PNG`; so `Upper.PNG.png` needs another one.
      if !ImageFiles.isPNG(shorter) { name = shorter }
    }
    let known = Self.dumpName(name)
    self = known?.description == name ? known ?? FrameName(other: name) : FrameName(other: name)
  }

  private init(other name: String) {
    description = name
    position = nil
  }

  /// The name of the frame's first file, which does not show the cursor; the same for a name of another kind.
  package var withoutCursor: FrameName {
    position.map { FrameName(scanout: $0.scanout, number: $0.number) } ?? self
  }

  /// The name of the frame's second file, which shows the cursor; the same for a name of another kind.
  package var withCursor: FrameName {
    position.map { FrameName(scanout: $0.scanout, number: $0.number, showsCursor: true) } ?? self
  }

  /// The file that has this name.
  public var file: String { ImageFiles.isPNG(description) ? description : description + Self.fileSuffix }

  /// The name of a dump's frame, perhaps in another form than a dump writes.
  private static func dumpName(_ name: String) -> FrameName? {
    let showsCursor = name.hasSuffix(cursorSuffix)
    let parts = (showsCursor ? String(name.dropLast(cursorSuffix.count)) : name).split(
      separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let scanout = Int(parts[0]), let number = Int(parts[1]), scanouts.contains(scanout),
      number > 0
    else { return nil }
    return FrameName(scanout: scanout, number: number, showsCursor: showsCursor)
  }

  private static func hasSuffix(_ path: String) -> Bool { path.utf8.suffix(4).elementsEqual(fileSuffix.utf8) }

  private static let fileSuffix = ".png"
  private static let cursorSuffix = ".cursor"

  /// True when a dump that stores equal images once may have stored this frame's image as the other one: any earlier
  /// one of the same scanout, or one of another scanout, since the names do not tell which of those came first.
  package func mayBeStored(as other: FrameName) -> Bool {
    guard let position, let other = other.position else { return false }
    return other.scanout != position.scanout || other.number < position.number
      || (other.number == position.number && !other.showsCursor)
  }

  /// Names are equal when their bytes are: `é` of one character and of two are two names.
  public static func == (left: FrameName, right: FrameName) -> Bool {
    left.description.utf8.elementsEqual(right.description.utf8)
  }

  /// Feeds the bytes of the name.
  public func hash(into hasher: inout Hasher) {
    for byte in description.utf8 { hasher.combine(byte) }
  }
}

extension FrameName: Comparable {
  /// By scanout, then by number; other names come after those, in the order of their bytes.
  public static func < (left: FrameName, right: FrameName) -> Bool {
    switch (left.position, right.position) {
    case (let left?, let right?):
      (left.scanout, left.number, left.showsCursor ? 1 : 0) < (right.scanout, right.number, right.showsCursor ? 1 : 0)
    case (_?, nil): true
    case (nil, _?): false
    case (nil, nil): left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
    }
  }
}

extension FrameName: Codable {
  /// Reads the name.
  public init(from decoder: any Decoder) throws {
    self.init(file: try decoder.singleValueContainer().decode(String.self))
  }

  /// Writes the name.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

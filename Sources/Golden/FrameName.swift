public import Display
internal import PNG
internal import Text

/// What a frame is called, and its golden with it: the path of its file without `.png`, as it is.
///
/// `chrome/home.png` is called `chrome/home`. A dump calls its frames `0-000042` by scanout and number, and
/// `0-000042.cursor` where they show the cursor; only names in exactly that form have a scanout and a number. No two files
/// have one name: `2024-1`, `2024-01` and `Upper.PNG` are three (`.png` is left out in small letters only). Names are
/// compared byte by byte; a byte that is no UTF-8 is in ``description`` what `String(fileName:)` makes of it.
public struct FrameName: Hashable, Sendable, CustomStringConvertible {
  /// The name.
  public let description: String
  /// The scanout and the number in the name; nil for a name of another kind.
  let position: Position?

  struct Position: Hashable, Sendable {
    let scanout: ScanoutID
    let number: Int
    let showsPointer: Bool
  }

  /// The name that a dump gives a frame. Numbers count from 1.
  public init(scanout: ScanoutID, number: Int, showsPointer: Bool = false) {
    position = Position(scanout: scanout, number: number, showsPointer: showsPointer)
    let digits = String(number)
    let zeros = String(repeating: "0", count: max(0, 6 - digits.count))
    description = "\(scanout)-\(zeros)\(digits)\(showsPointer ? Self.pointerSuffix : "")"
  }

  /// The name of the picture in a file: its path, relative to the folder of all pictures, without `.png`.
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

  /// The file that has this name.
  public var file: String { ImageFiles.isPNG(description) ? description : description + Self.fileSuffix }

  /// The name of a dump's frame, perhaps in another form than a dump writes.
  private static func dumpName(_ name: String) -> FrameName? {
    let showsPointer = name.hasSuffix(pointerSuffix)
    let parts = (showsPointer ? String(name.dropLast(pointerSuffix.count)) : name).split(
      separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let scanout = Int(parts[0]), let number = Int(parts[1]), scanouts.contains(scanout),
      number > 0
    else { return nil }
    return FrameName(scanout: scanout, number: number, showsPointer: showsPointer)
  }

  private static func hasSuffix(_ path: String) -> Bool { path.utf8.suffix(4).elementsEqual(fileSuffix.utf8) }

  private static let fileSuffix = ".png"
  private static let pointerSuffix = ".cursor"
  /// The scanouts that a dump can hold.
  private static let scanouts = 0..<256

  /// True when a dump that stores equal pictures once may have stored this frame's picture as the other one: any earlier
  /// one of the same scanout, or one of another scanout, since the names do not tell which of those came first.
  func mayBeStored(as other: FrameName) -> Bool {
    guard let position, let other = other.position else { return false }
    return other.scanout != position.scanout || other.number < position.number
      || (other.number == position.number && !other.showsPointer)
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
      (left.scanout, left.number, left.showsPointer ? 1 : 0) < (right.scanout, right.number, right.showsPointer ? 1 : 0)
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

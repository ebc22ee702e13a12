public import Display

/// What a frame is called, and its golden with it: the name of its file without `.png`.
///
/// A dump calls its frames `0-000042` by scanout and number, and `0-000042.cursor` where they show the pointer; zeros
/// before a number do not count. Pictures of other origin have any name. Names are ordered as people count.
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

  /// The name of the picture in a file: its path without folders and without `.png`.
  public init(file path: String) {
    var name = path.split(separator: "/").last.map(String.init) ?? path
    if name.lowercased().hasSuffix(Self.fileSuffix) { name.removeLast(Self.fileSuffix.count) }
    let showsPointer = name.hasSuffix(Self.pointerSuffix)
    let numbers = (showsPointer ? String(name.dropLast(Self.pointerSuffix.count)) : name)
      .split(separator: "-", omittingEmptySubsequences: false)
      .map { $0.allSatisfy { $0.isASCII && $0.isNumber } ? Int($0) : nil }
    if numbers.count == 2, let scanout = numbers[0], let number = numbers[1] {
      self.init(scanout: scanout, number: number, showsPointer: showsPointer)
    } else {
      self.init(other: name)
    }
  }

  private init(other name: String) {
    description = name
    position = nil
  }

  static let fileSuffix = ".png"
  private static let pointerSuffix = ".cursor"

  /// True when a dump that stores equal pictures once may have stored this frame's picture as the other one: any earlier
  /// one of the same scanout, or one of another scanout, since the names do not tell which of those came first.
  func mayBeStored(as other: FrameName) -> Bool {
    guard let position, let other = other.position else { return false }
    return other.scanout != position.scanout || other.number < position.number
      || (other.number == position.number && !other.showsPointer)
  }
}

extension FrameName: Comparable {
  /// By scanout, then by number; other names come after those, in the order of their letters.
  public static func < (left: FrameName, right: FrameName) -> Bool {
    switch (left.position, right.position) {
    case (let left?, let right?):
      (left.scanout, left.number, left.showsPointer ? 1 : 0) < (right.scanout, right.number, right.showsPointer ? 1 : 0)
    case (_?, nil): true
    case (nil, _?): false
    case (nil, nil): left.description < right.description
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

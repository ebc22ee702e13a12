/// An approved image of a frame: a file of a ``GoldenSet``.
public struct GoldenImage: Sendable, Hashable {
  /// The file, relative to the folder of the goldens.
  public let file: String

  /// The image in a file.
  public init(file: String) {
    self.file = file
  }

  /// The name whose list an image belongs to, and its place there: `login~2.png` is the second one of `login`. Nil for a
  /// name without a place, or with one that is written otherwise: places count from 2, in decimal digits without zeros
  /// before them.
  static func listPlace(in name: String) -> (base: String, place: Int)? {
    guard let mark = name.utf8.lastIndex(of: UInt8(ascii: "~")) else { return nil }
    let digits = name[name.utf8.index(after: mark)...]
    guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      digits.utf8.first != UInt8(ascii: "0"), let place = Int(digits), place >= 2
    else { return nil }
    return (String(name[..<mark]), place)
  }

  /// Files are equal when their bytes are.
  public static func == (left: GoldenImage, right: GoldenImage) -> Bool {
    left.file.utf8.elementsEqual(right.file.utf8)
  }

  /// Feeds the bytes of the file's name.
  public func hash(into hasher: inout Hasher) {
    for byte in file.utf8 { hasher.combine(byte) }
  }
}

/// Buffer that splits received bytes into lines. It never holds more than a line and one read.
package struct LineBuffer {
  /// The next line, or why there is none.
  package enum Next: Equatable {
    /// A line without its end, which is a line feed, or the end of all.
    case line([UInt8])
    /// The line is longer than the limit; the rest of the bytes is useless.
    case tooLong
  }

  private let limit: Int
  private var bytes: [UInt8] = []

  /// Takes lines of at most `limit` bytes, their ends not counted.
  package init(limit: Int) {
    self.limit = limit
  }

  /// True when nothing of a next line has arrived.
  package var isEmpty: Bool { bytes.isEmpty }

  /// Appends received bytes.
  package mutating func append(_ more: [UInt8]) {
    bytes += more
  }

  /// Takes the next line out; nil: it has not arrived. Empty lines are passed over. With `isEnd`, what has no line feed
  /// is a line as well.
  package mutating func next(isEnd: Bool = false) -> Next? {
    bytes.removeFirst(bytes.prefix { $0 == 0x0a }.count)
    guard let end = bytes.prefix(limit + 1).firstIndex(of: 0x0a) ?? (isEnd ? bytes.count : nil), end <= limit else {
      return bytes.count > limit ? .tooLong : nil
    }
    guard end > 0 else { return nil }
    defer { bytes.removeFirst(end) }
    return .line(Array(bytes.prefix(end)))
  }
}

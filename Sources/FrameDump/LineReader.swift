internal import LinuxIO

/// Reads a file line by line, however long it or its lines are, in little memory.
struct LineReader {
  /// What comes next in a file.
  enum Line: Equatable {
    /// A line, without its end.
    case whole([UInt8])
    /// A line longer than the limit; its bytes are gone.
    case tooLong
    /// The bytes after the last end of a line.
    case torn([UInt8])
  }

  /// The longest line.
  static let longestLine = 1 << 16
  private static let blockSize = 1 << 18

  private let file: Descriptor
  /// Where the bytes after ``block`` are.
  private var blockEnd: UInt64
  private var block: ArraySlice<UInt8> = []

  /// A reader that starts `offset` bytes into the file, where a line starts.
  init(_ file: Descriptor, from offset: UInt64 = 0) {
    self.file = file
    blockEnd = offset
  }

  /// Where the next line starts.
  var offset: UInt64 { blockEnd - UInt64(block.count) }

  /// The next line; nil at the end.
  mutating func next() throws(SystemError) -> Line? {
    var line: [UInt8] = []
    var isTooLong = false
    while true {
      if block.isEmpty {
        block = try file.read(Self.blockSize, at: blockEnd)[...]
        blockEnd += UInt64(block.count)
        if block.isEmpty {
          if isTooLong { return .tooLong }
          return line.isEmpty ? nil : .torn(line)
        }
      }
      let end = block.firstIndex(of: UInt8(ascii: "\n"))
      let part = block[..<(end ?? block.endIndex)]
      if line.count + part.count > Self.longestLine { isTooLong = true }
      if !isTooLong { line += part }
      block = block[(end.map { $0 + 1 } ?? block.endIndex)...]
      if end != nil { return isTooLong ? .tooLong : .whole(line) }
    }
  }
}

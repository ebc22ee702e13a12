internal import CPNGRead
internal import Text

/// Checks the structure of a whole file: the length, name, checksum and order of each chunk, the end, and that nothing
/// comes after it. It expands nothing, and takes time in proportion to the bytes.
struct ChunkWalk {
  /// The most chunks that a file may have: encoders put 8 KiB of data or more in each, so that the largest image has half
  /// as many.
  static let maximumChunks = 1 << 17

  /// The chunks that say how to show colours.
  private(set) var color = ColorInformation()
  /// True when a colour, or the colours of a palette, may be transparent.
  private(set) var hasTransparency = false
  private var chunks = 0
  private var hasHeader = false
  private var hasPalette = false
  private var hasData = false
  /// True once another chunk followed the data.
  private var isPastData = false

  /// Checks the bytes of a file, signature and all.
  init(_ bytes: [UInt8]) throws(PNGError.Problem) {
    guard bytes.starts(with: PNGFormat.signature) else { throw PNGError.Problem(.notPNG) }
    var at = PNGFormat.signature.count
    while true {
      guard bytes.count - at >= PNGFormat.aroundChunk else { throw PNGError.Problem(.truncated) }
      let length = Self.word(bytes, at)
      let name = bytes[at + 4..<at + 8]
      let isName = name.allSatisfy { (65...90).contains($0) || (97...122).contains($0) }
      guard isName else { throw Self.damage("invalid chunk at byte \(at): its name is not four letters") }
      guard length <= bytes.count - at - PNGFormat.aroundChunk else { throw PNGError.Problem(.truncated) }
      let text = String(decoding: name, as: UTF8.self)
      // Safe: name and content, so many bytes, are in the array, which is lent for the call.
      let sum = unsafe bytes.withUnsafeBufferPointer { bytes in
        unsafe cpngread_checksum(bytes.extracting(at + 4..<at + 8 + length).baseAddress, length + 4)
      }
      guard sum == Self.word(bytes, at + 8 + length) else {
        throw Self.damage("the checksum of its \(text) chunk at byte \(at) is wrong")
      }
      chunks += 1
      guard chunks <= Self.maximumChunks else { throw Self.damage("it has more than \(Self.maximumChunks) chunks") }
      let isEnd = try note(text, length: length, at: at)
      at += length + PNGFormat.aroundChunk
      if isEnd { break }
    }
    guard at == bytes.count else { throw PNGError.Problem(.bytesAfterEnd(bytes.count - at)) }
  }

  /// Checks the order of a chunk and notes what it says about colours; true for the last one.
  private mutating func note(_ name: String, length: Int, at place: Int) throws(PNGError.Problem) -> Bool {
    guard hasHeader || name == "IHDR" else { throw Self.damage("its first chunk is \(name) instead of IHDR") }
    if hasData, name != "IDAT" { isPastData = true }
    switch name {
    case "IHDR":
      guard !hasHeader else { throw Self.damage("it has a second header at byte \(place)") }
      guard length == PNGHeader.byteCount else {
        throw Self.damage("its header has \(length) bytes instead of \(PNGHeader.byteCount)")
      }
      hasHeader = true
    case "PLTE":
      guard !hasPalette, !hasData else { throw Self.damage("its palette at byte \(place) is out of place") }
      hasPalette = true
    case "IDAT":
      guard !isPastData else { throw Self.damage("its data goes on after another chunk at byte \(place)") }
      hasData = true
    case "IEND":
      guard hasData else { throw Self.damage("it has no data") }
      guard length == 0 else { throw Self.damage("its end chunk has \(count(length, "byte")) instead of 0") }
      return true
    case "tRNS":
      guard !hasTransparency, !hasData else { throw Self.damage("its tRNS chunk at byte \(place) is out of place") }
      hasTransparency = true
    case _ where ColorInformation.known.contains(name):
      if !color.chunks.contains(name) { color.chunks.append(name) }
    default:
      // A capital says that an image cannot be understood without the chunk.
      guard name.utf8.first.map({ $0 & 32 != 0 }) == true else {
        throw Self.damage("it has a critical chunk that is not known, \(name) at byte \(place)")
      }
    }
    return false
  }

  private static func damage(_ reason: String) -> PNGError.Problem { PNGError.Problem(.damaged(reason)) }

  private static func word(_ bytes: [UInt8], _ at: Int) -> Int {
    Int(bytes[at]) << 24 | Int(bytes[at + 1]) << 16 | Int(bytes[at + 2]) << 8 | Int(bytes[at + 3])
  }
}

extension PNGError {
  /// A reason without the file's name, which the caller adds.
  struct Problem: Error {
    let reason: Reason

    init(_ reason: Reason) { self.reason = reason }
  }
}

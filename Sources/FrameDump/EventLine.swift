internal import Display
internal import PNG

/// One line of `events.jsonl`: an event, and the frame that it completed.
struct EventLine: Codable, Equatable {
  enum Kind: String, Codable {
    case scanout, damage, frame, cursor, cursorMoved, vsync
  }

  /// What a scanout shows.
  struct Shown: Codable, Equatable {
    var size: Size
    var format: PixelFormat
  }

  /// What a pointer looks like.
  struct Pointer: Codable, Equatable {
    var file: String
    var hotSpot: Point
  }

  /// An image that is new on its scanout. The file may be that of an earlier, equal one.
  struct Frame: Codable, Equatable {
    var number: Int
    var file: String
    var hash: FrameHash
    /// The same with the cursor, in dumps that have both.
    var cursorFile: String?
    var cursorHash: FrameHash?
  }

  var kind: Kind
  var scanout: ScanoutID
  /// Nanoseconds of the source's clock.
  var time: UInt64
  /// `scanout`: nothing when it is off.
  var surface: Shown?
  /// `damage`
  var damage: Rectangle?
  /// `frame`: how many the scanout has had since its source started, with those that changed nothing.
  var count: UInt64?
  /// `cursor`: nothing when it is hidden.
  var cursor: Pointer?
  /// `cursorMoved`
  var position: Point?
  /// `vsync`
  var tick: UInt64?
  /// `frame` or `vsync`, by the dump's frame mode.
  var frame: Frame?
}

extension EventLine.Frame {
  private enum CodingKeys: String, CodingKey {
    case number, file, hash, cursorFile, cursorHash
    // What version 1 calls them.
    case pointerFile, pointerHash
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    number = try values.decode(Int.self, forKey: .number)
    file = try values.decode(String.self, forKey: .file)
    hash = try values.decode(FrameHash.self, forKey: .hash)
    cursorFile =
      try values.decodeIfPresent(String.self, forKey: .cursorFile)
      ?? values.decodeIfPresent(String.self, forKey: .pointerFile)
    cursorHash =
      try values.decodeIfPresent(FrameHash.self, forKey: .cursorHash)
      ?? values.decodeIfPresent(FrameHash.self, forKey: .pointerHash)
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(number, forKey: .number)
    try values.encode(file, forKey: .file)
    try values.encode(hash, forKey: .hash)
    try values.encodeIfPresent(cursorFile, forKey: .cursorFile)
    try values.encodeIfPresent(cursorHash, forKey: .cursorHash)
  }
}

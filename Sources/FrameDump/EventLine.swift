internal import Display
internal import PNG

/// One line of `events.jsonl`: an event, and the frame that it completed.
struct EventLine: Codable, Equatable {
  enum Kind: String, Codable {
    case scanout, damage, cursor, cursorMoved, vsync
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

  /// A picture that is new on its scanout. The file may be that of an earlier, equal one.
  struct Frame: Codable, Equatable {
    var number: Int
    var file: String
    var hash: FrameHash
    /// The same with the pointer, in dumps that have both.
    var pointerFile: String?
    var pointerHash: FrameHash?
  }

  var kind: Kind
  var scanout: ScanoutID
  /// Nanoseconds of the source's clock.
  var time: UInt64
  /// `scanout`: nothing when it is off.
  var surface: Shown?
  /// `damage`
  var damage: Rectangle?
  /// `cursor`: nothing when it is hidden.
  var cursor: Pointer?
  /// `cursorMoved`
  var position: Point?
  /// `vsync`
  var tick: UInt64?
  /// `damage` or `vsync`, by the dump's frame mode.
  var frame: Frame?
}

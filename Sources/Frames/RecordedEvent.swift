public import Display
internal import PNG

/// One event of a recording, with the frame that it completed.
///
/// In the event log of a dump, it is one line of JSON.
public struct RecordedEvent: Sendable, Hashable {
  /// What happened: a `DisplayEvent` whose pixels are in files.
  public enum Change: Sendable, Hashable {
    /// The scanout shows another surface, or none.
    case scanout(RecordedSurface?)
    /// These pixels changed.
    case damage(Rectangle)
    /// A frame is complete: its count on this scanout, from 1, since the source started.
    case frame(UInt64)
    /// The cursor has this image from now on; nil: it is hidden.
    case cursor(RecordedCursor?)
    /// The top left corner of the cursor's image is here.
    case cursorMoved(Point)
    /// The scanout's clock ticked.
    case vsync(UInt64)
    /// A label with this name was set. It belongs to no scanout: the event's is 0.
    case label(String)
  }

  /// What happened.
  public var change: Change
  /// The scanout on which it happened.
  public var scanout: ScanoutID
  /// The time at which it happened.
  public var time: DisplayTime
  /// The frame that the event completed: a `frame` or a `vsync`, by the recording's ``FrameMode``. Nil when it completed
  /// none, or one that is the image of the frame before.
  public var frame: RecordedFrame?

  /// An event.
  public init(_ change: Change, on scanout: ScanoutID, at time: DisplayTime, frame: RecordedFrame? = nil) {
    self.change = change
    self.scanout = scanout
    self.time = time
    self.frame = frame
  }
}

/// What a recorded scanout shows.
public struct RecordedSurface: Sendable, Hashable, Codable {
  /// Width and height in pixels.
  public var size: Size
  /// The format of the pixels in the source's memory.
  public var format: PixelFormat

  /// A surface of this size and format.
  public init(size: Size, format: PixelFormat) {
    self.size = size
    self.format = format
  }
}

/// What a recorded cursor looks like.
public struct RecordedCursor: Sendable, Hashable, Codable {
  /// The file of its image, relative to the recording.
  public var file: String
  /// The pixel that points, from the image's top left corner.
  public var hotSpot: Point

  /// A cursor whose image is in a file.
  public init(file: String, hotSpot: Point) {
    self.file = file
    self.hotSpot = hotSpot
  }
}

extension RecordedEvent: Codable {
  private enum Kind: String, Codable {
    case scanout, damage, frame, cursor, cursorMoved, vsync, label
  }

  private enum CodingKeys: String, CodingKey {
    case kind, scanout, time, surface, damage, count, cursor, position, tick, label, frame
  }

  private enum FrameKeys: String, CodingKey {
    case number, file, hash, cursorFile, cursorHash
    // What version 1 calls them.
    case pointerFile, pointerHash
  }

  /// The `kind` of the event in a log.
  package var kind: String { kindValue.rawValue }

  private var kindValue: Kind {
    switch change {
    case .scanout: .scanout
    case .damage: .damage
    case .frame: .frame
    case .cursor: .cursor
    case .cursorMoved: .cursorMoved
    case .vsync: .vsync
    case .label: .label
    }
  }

  /// False for an event that belongs to no scanout: a label.
  package var isOfScanout: Bool { if case .label = change { false } else { true } }

  /// An event without a field that its kind requires.
  package struct Incomplete: Error {
    package let reason: String
  }

  /// Reads an event. The size of its frame is that of the scanout's surface, which the reader knows: here it is empty.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func value<Value: Decodable>(_ key: CodingKeys, _ reason: String) throws -> Value {
      guard let value = try values.decodeIfPresent(Value.self, forKey: key) else { throw Incomplete(reason: reason) }
      return value
    }
    let kind = try values.decode(Kind.self, forKey: .kind)
    scanout = kind == .label ? 0 : try values.decode(ScanoutID.self, forKey: .scanout)
    time = DisplayTime(nanoseconds: try values.decode(UInt64.self, forKey: .time))
    change =
      switch kind {
      case .scanout: .scanout(try values.decodeIfPresent(RecordedSurface.self, forKey: .surface))
      case .damage: .damage(try value(.damage, "the damage is not inside the surface"))
      case .frame: .frame(try value(.count, "the frame has no number"))
      case .cursor: .cursor(try values.decodeIfPresent(RecordedCursor.self, forKey: .cursor))
      case .cursorMoved: .cursorMoved(try value(.position, "the cursor has no position"))
      case .vsync: .vsync(try value(.tick, "the tick has no number"))
      case .label: .label(try value(.label, "the label has no name"))
      }
    guard values.contains(.frame) else { return }
    let frame = try values.nestedContainer(keyedBy: FrameKeys.self, forKey: .frame)
    self.frame = RecordedFrame(
      scanout: scanout, number: try frame.decode(Int.self, forKey: .number), time: time,
      size: Size(width: 0, height: 0), file: try frame.decode(String.self, forKey: .file),
      hash: try frame.decode(FrameHash.self, forKey: .hash),
      cursorFile: try frame.decodeIfPresent(String.self, forKey: .cursorFile)
        ?? frame.decodeIfPresent(String.self, forKey: .pointerFile),
      cursorHash: try frame.decodeIfPresent(FrameHash.self, forKey: .cursorHash)
        ?? frame.decodeIfPresent(FrameHash.self, forKey: .pointerHash))
  }

  /// Writes an event, in the latest version.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(kindValue, forKey: .kind)
    if isOfScanout { try values.encode(scanout, forKey: .scanout) }
    try values.encode(time.nanoseconds, forKey: .time)
    switch change {
    case .scanout(let surface): try values.encodeIfPresent(surface, forKey: .surface)
    case .damage(let rectangle): try values.encode(rectangle, forKey: .damage)
    case .frame(let count): try values.encode(count, forKey: .count)
    case .cursor(let cursor): try values.encodeIfPresent(cursor, forKey: .cursor)
    case .cursorMoved(let position): try values.encode(position, forKey: .position)
    case .vsync(let tick): try values.encode(tick, forKey: .tick)
    case .label(let name): try values.encode(name, forKey: .label)
    }
    guard let frame else { return }
    var parts = values.nestedContainer(keyedBy: FrameKeys.self, forKey: .frame)
    try parts.encode(frame.number, forKey: .number)
    try parts.encode(frame.file, forKey: .file)
    try parts.encodeIfPresent(frame.hash, forKey: .hash)
    try parts.encodeIfPresent(frame.cursorFile, forKey: .cursorFile)
    try parts.encodeIfPresent(frame.cursorHash, forKey: .cursorHash)
  }
}

internal import Display
internal import PNG

/// The scanouts of a replay: what each shows, and how an event changes that.
struct ReplayStage {
  private struct Lane {
    var surface: Surface?
    /// The frame whose pixels the surface has.
    var frame: Int?
    var pointer = RecordedEvent.Change.noCursor
    var position: Point?
    /// The number of the latest frame, with those that changed nothing.
    var frameCount: UInt64 = 0
  }

  /// A GiB of pixels, which is sixteen scanouts of 4096 by 4096.
  private static let largestArea: UInt64 = 1 << 28

  private let recording: Recording
  private let source: DisplaySource
  /// For each event, the frame whose pixels its surface has while it is received; nil: the same as before.
  private let shown: [Int?]
  private var lanes: [ScanoutID: Lane] = [:]

  init(_ recording: Recording, _ source: DisplaySource) {
    self.recording = recording
    self.source = source
    shown = Self.framesShown(recording.events, isByFlush: recording.options.frames == .flush)
  }

  /// Makes the stage, and tells the sink, what it is just before the event `index`, which completes a frame; but that
  /// frame's scanout has its pixels already, so that it is the first that is seen.
  mutating func begin(at index: Int) throws {
    guard index > 0 else { return }
    for event in recording.events[..<index] { try note(event) }
    let first = recording.events[index]
    lanes[first.scanout]?.frame = first.frame
    for (scanout, lane) in lanes.sorted(by: { $0.key < $1.key }) {
      guard let surface = lane.surface else { continue }
      if let frame = lane.frame { try copy(frame, to: surface) }
      let isFirst = scanout == first.scanout
      try source.emit(.scanout(surface), on: scanout, at: first.time)
      if case .cursor = lane.pointer { try source.emit(.cursor(image(lane.pointer)), on: scanout, at: first.time) }
      if let position = lane.position { try source.emit(.cursorMoved(position), on: scanout, at: first.time) }
      guard lane.frame != nil else { continue }
      try source.emit(.damage(Rectangle(surface.size)), on: scanout, at: first.time)
      if case .frame = first.change, isFirst { continue }
      try source.emit(.frame(lane.frameCount), on: scanout, at: first.time)
    }
  }

  /// Plays one event.
  mutating func play(_ index: Int) throws {
    let event = recording.events[index]
    if let frame = shown[index], let lane = lanes[event.scanout], let surface = lane.surface {
      let isThere = lane.frame.map { recording.frames[$0].file == recording.frames[frame].file } ?? false
      if !isThere { try copy(frame, to: surface) }
    }
    try note(event)
    if let frame = shown[index] { lanes[event.scanout]?.frame = frame }
    let change: DisplayEvent =
      switch event.change {
      case .scanout: .scanout(lanes[event.scanout]?.surface)
      case .damage(let rectangle): .damage(rectangle)
      case .frame(let number): .frame(number)
      case .cursor, .noCursor: .cursor(try image(event.change))
      case .cursorMoved(let position): .cursorMoved(position)
      case .vsync(let tick): .vsync(tick: tick)
      }
    try source.emit(change, on: event.scanout, at: event.time)
  }

  /// Does to the stage what an event does, except for pixels.
  private mutating func note(_ event: RecordedEvent) throws {
    var lane = lanes[event.scanout] ?? Lane()
    switch event.change {
    case .scanout(let shown):
      let old = lane.surface
      guard old == nil || shown?.size != old?.size || shown?.format != old?.format else { break }
      try checkArea(with: shown?.size, on: event.scanout)
      lane.surface = try shown.map { shown throws(SurfaceError) in try Surface(size: shown.size, format: shown.format) }
      if let old, let surface = lane.surface, old.size == surface.size {
        surface.copy(Rectangle(old.size), of: old, to: .zero)
      } else {
        lane.frame = nil
      }
    case .cursor, .noCursor: lane.pointer = event.change
    case .cursorMoved(let position): lane.position = position
    case .damage: break
    case .frame(let count):
      lane.frameCount = count
      lane.frame = event.frame ?? lane.frame
    case .vsync: lane.frame = event.frame ?? lane.frame
    }
    lanes[event.scanout] = lane
  }

  /// Refuses more pixels than all screens can have, before a file makes the process have them.
  private func checkArea(with size: Size?, on scanout: ScanoutID) throws(RecordingError) {
    let others = lanes.reduce(0) { $1.key == scanout ? $0 : $0 + ($1.value.surface?.size.area ?? 0) }
    guard others + (size?.area ?? 0) <= Self.largestArea else {
      throw .tooMuch(path: recording.path, limit: "\(Self.largestArea) pixels on all scanouts at once")
    }
  }

  /// Decodes a frame.
  private func copy(_ frame: Int, to surface: Surface) throws {
    let picture = try recording.picture(of: recording.frames[frame])
    surface.copy(Rectangle(surface.size), of: picture.surface, to: .zero)
  }

  /// The pointer that an event sets.
  private func image(_ change: RecordedEvent.Change) throws(RecordingError) -> CursorImage? {
    guard case .cursor(let hash, let hotSpot) = change else { return nil }
    return CursorImage(
      surface: try recording.pointer(hash), hotSpot: hotSpot,
      isInFrame: recording.form == .dump && recording.options.cursor == .with)
  }

  /// The damage before the event that completes a frame shows its pixels already.
  private static func framesShown(_ events: [RecordedEvent], isByFlush: Bool) -> [Int?] {
    var shown = [Int?](repeating: nil, count: events.count)
    var upcoming: [ScanoutID: Int] = [:]
    for (index, event) in events.enumerated().reversed() {
      switch event.change {
      case .scanout: upcoming[event.scanout] = nil
      case .damage: shown[index] = upcoming[event.scanout]
      case .frame where isByFlush: upcoming[event.scanout] = event.frame
      case .frame: break
      case .vsync where isByFlush: break
      case .vsync:
        shown[index] = event.frame
        upcoming[event.scanout] = event.frame
      case .cursor, .noCursor, .cursorMoved: break
      }
    }
    return shown
  }
}

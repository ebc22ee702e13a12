internal import Display
internal import Frames
internal import PNG

/// The scanouts of a replay: what each shows, and how an event changes that.
struct ReplayStage {
  private struct ReplayedScanout {
    var surface: Surface?
    /// The frame whose pixels the surface has.
    var frame: RecordedFrame?
  }

  /// A GiB of pixels, which is sixteen scanouts of 4096 by 4096.
  private static let largestArea: UInt64 = 1 << 28

  private let recording: any RecordingReader
  private let source: DisplaySource
  private var replayed: [ScanoutID: ReplayedScanout] = [:]

  init(_ recording: any RecordingReader, _ source: DisplaySource) {
    self.recording = recording
    self.source = source
  }

  /// Shows the sinks the state in which a replay begins: that of all scanouts just before `first`, an event that completes a
  /// frame. The scanout of that event shows the pixels of its frame already, so the replay begins with that image.
  mutating func begin(_ scanouts: [ScanoutID: ScanoutProgress], before first: RecordedEvent) throws {
    for (scanout, progress) in scanouts.sorted(by: { $0.key < $1.key }) {
      guard let shown = progress.surface else { continue }
      try show(shown, on: scanout)
      guard let surface = replayed[scanout]?.surface else { continue }
      let isFirst = scanout == first.scanout
      let frame = isFirst ? first.frame : progress.frame
      if let frame { try copy(frame, to: surface, of: scanout) }
      try source.emit(.scanout(surface), on: scanout, at: first.time)
      if let cursor = progress.cursor { try source.emit(.cursor(image(cursor)), on: scanout, at: first.time) }
      if let position = progress.cursorPosition {
        try source.emit(.cursorMoved(position), on: scanout, at: first.time)
      }
      guard frame != nil else { continue }
      try source.emit(.damage(Rectangle(surface.size)), on: scanout, at: first.time)
      if case .frame = first.change, isFirst { continue }
      try source.emit(.frame(progress.frameCount), on: scanout, at: first.time)
    }
  }

  /// Plays one event. Its scanout gets the pixels of the frame `shown` first; nil: it keeps those that it has.
  mutating func play(_ event: RecordedEvent, showing shown: RecordedFrame?) throws {
    if let shown, let surface = replayed[event.scanout]?.surface,
      replayed[event.scanout]?.frame?.isSameImage(as: shown) != true
    {
      try copy(shown, to: surface, of: event.scanout)
    }
    let change: DisplayEvent
    switch event.change {
    case .scanout(let surface):
      try show(surface, on: event.scanout)
      change = .scanout(replayed[event.scanout]?.surface)
    case .damage(let rectangle): change = .damage(rectangle)
    case .frame(let number): change = .frame(number)
    case .cursor(let cursor): change = .cursor(try cursor.map(image))
    case .cursorMoved(let position): change = .cursorMoved(position)
    case .vsync(let tick): change = .vsync(tick: tick)
    case .label(let name): return try source.emit(label: name, at: event.time)
    }
    try source.emit(change, on: event.scanout, at: event.time)
  }

  /// Sets the surface of a scanout. Pixels of the previous surface are kept if the size is the same.
  private mutating func show(_ shown: RecordedSurface?, on scanout: ScanoutID) throws {
    let old = replayed[scanout]?.surface
    if let old, shown?.size == old.size, shown?.format == old.format { return }
    try checkArea(with: shown?.size, on: scanout)
    let surface = try shown.map { shown throws(SurfaceError) in try Surface(size: shown.size, format: shown.format) }
    var state = replayed[scanout] ?? ReplayedScanout()
    state.surface = surface
    if let old, let surface, old.size == surface.size {
      surface.copy(Rectangle(old.size), of: old, to: .zero)
    } else {
      state.frame = nil
    }
    replayed[scanout] = state
  }

  /// Refuses a surface with which all scanouts would exceed the largest area, before it is allocated.
  private func checkArea(with size: Size?, on scanout: ScanoutID) throws(RecordingError) {
    let others = replayed.reduce(0) { $1.key == scanout ? $0 : $0 + ($1.value.surface?.size.area ?? 0) }
    guard others + (size?.area ?? 0) <= Self.largestArea else {
      throw .tooMuch(path: recording.path, limit: "\(Self.largestArea) pixels on all scanouts at once")
    }
  }

  /// Decodes a frame.
  private mutating func copy(_ frame: RecordedFrame, to surface: Surface, of scanout: ScanoutID) throws {
    let image = try recording.image(of: frame)
    surface.copy(Rectangle(surface.size), of: image.surface, to: .zero)
    replayed[scanout]?.frame = frame
  }

  /// The cursor's image, decoded.
  private func image(_ cursor: RecordedCursor) throws(RecordingError) -> CursorImage {
    CursorImage(
      surface: try recording.surface(of: cursor), hotSpot: cursor.hotSpot,
      isInFrame: recording.properties.cursor == .with)
  }
}

extension RecordedFrame {
  /// True when the other one is in the same file.
  fileprivate func isSameImage(as other: RecordedFrame) -> Bool { file.utf8.elementsEqual(other.file.utf8) }
}

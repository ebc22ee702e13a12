internal import Display
internal import FoundationEssentials
internal import LinuxIO
internal import PNG
internal import Synchronization

/// The writing side of a ``FrameDumpSink``: takes changes from a queue, keeps each scanout's image, and writes.
///
/// Everything but the queue, the backlog, the staging memory, the counts and the failure belongs to the thread that calls
/// ``run()``; ``complete()`` is called after it ended. Hence unchecked.
final class DumpWriter: @unchecked Sendable {
  /// What happened, with whatever its line needs.
  enum Change: Sendable {
    case scanout(EventLine.Shown?)
    case damage(Rectangle)
    case frame(UInt64)
    case cursor(CursorImage?)
    case cursorMoved(Point)
    case vsync(UInt64)

    var kind: EventLine.Kind {
      switch self {
      case .scanout: .scanout
      case .damage: .damage
      case .frame: .frame
      case .cursor: .cursor
      case .cursorMoved: .cursorMoved
      case .vsync: .vsync
      }
    }
  }

  /// A change, where and when.
  struct Item: Sendable {
    let change: Change
    let scanout: ScanoutID
    let time: DisplayTime
    /// What was damaged before this change, and not handed over yet.
    let pixels: StagedPixels?
  }

  private enum State {
    case writing
    /// The recording ended, and its source goes on.
    case stopped(EarlyEnd)
    case failed(any Error)
  }

  let options: FrameDumpOptions
  /// What is to be written. Its length is bounded by the holds of ``backlog``, so that adding to it never waits.
  let queue = BoundedQueue<Item>(capacity: .max)
  let backlog = Backlog()
  let staging = StagingMemory()
  private let state = Mutex(State.writing)
  /// Called once, on the writing thread, when the recording ends early and its source may go on.
  private let whenEndedEarly: (@Sendable (EarlyEnd) -> Void)?
  private let counts = Mutex<[ScanoutID: Int]>([:])

  private let folder: DumpFolder
  private let frames: FrameStore
  private let lineEncoder: JSONEncoder
  private var lanes: [ScanoutID: DumpLane] = [:]
  /// True when the manifest says why the recording ended early.
  private var hasSaidEnd = false

  init(
    _ folder: DumpFolder, options: FrameDumpOptions, whenEndedEarly: (@Sendable (EarlyEnd) -> Void)?
  ) {
    self.whenEndedEarly = whenEndedEarly
    self.folder = folder
    self.options = options
    frames = FrameStore(folder)
    lineEncoder = JSONEncoder()
    lineEncoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  }

  /// How many frames each scanout has.
  var frameCounts: [ScanoutID: Int] { counts.withLock { $0 } }

  /// Throws what went wrong on the writing thread, if anything did.
  func throwFailure() throws {
    if case .failed(let error) = state.withLock({ $0 }) { throw error }
  }

  /// Why the recording ended while its source goes on; nil: it did not.
  var earlyEnd: EarlyEnd? {
    if case .stopped(let end) = state.withLock({ $0 }) { end } else { nil }
  }

  /// Writes the manifest of a dump that has everything, or all up to its early end, and lets other runs have the folder.
  func complete() throws {
    if let earlyEnd {
      if !hasSaidEnd { try? folder.replace(manifest(endedEarly: earlyEnd)) }
    } else {
      try folder.replace(manifest(endedEarly: nil))
    }
    folder.unlock()
  }

  private func manifest(endedEarly end: EarlyEnd?) -> Manifest {
    Manifest(
      finished: end == nil && !options.isInterrupted, options, endedEarly: end,
      scanouts: lanes.sorted { $0.key < $1.key }.map(\.value.summary))
  }

  /// Works until the queue is closed and empty. After its end it writes nothing more.
  func run() {
    while let item = queue.pop() {
      let isWriting = if case .writing = state.withLock({ $0 }) { true } else { false }
      do {
        if isWriting { takePixels(of: item) }
        backlog.take(isFrame: item.pixels != nil)
        if isWriting { try take(item) }
      } catch {
        end(error)
      }
      if item.pixels != nil { backlog.complete() }
    }
    backlog.end()
  }

  /// Takes over what was damaged, so that its staging memory is free again.
  private func takePixels(of item: Item) {
    guard let pixels = item.pixels else { return }
    let free = lanes[item.scanout, default: DumpLane(item.scanout, options)].take(pixels)
    if let free { staging.giveBack(free, of: item.scanout) }
  }

  /// Ends the recording. That nothing is left to write to is said in the manifest at once, for nobody knows how its source
  /// ends; when even that fails, the manifest says as much as before: that the recording did not finish.
  private func end(_ error: any Error) {
    let end = EarlyEnd(error)
    if let end { hasSaidEnd = (try? folder.replace(manifest(endedEarly: end))) != nil }
    defer { backlog.end() }
    guard let end, options.whenFull == .stop else { return state.withLock { $0 = .failed(error) } }
    state.withLock { $0 = .stopped(end) }
    whenEndedEarly?(end)
  }

  /// Does what an item says, and writes its line, with the frame that it completes.
  private func take(_ item: Item) throws {
    var lane = lanes[item.scanout] ?? DumpLane(item.scanout, options)
    defer { lanes[item.scanout] = lane }
    var line = EventLine(kind: item.change.kind, scanout: item.scanout, time: item.time.nanoseconds)
    switch item.change {
    case .scanout(let shown):
      lane.show(shown)
      line.surface = shown
    case .damage(let rectangle):
      line.damage = lane.damage(rectangle)
    case .frame(let number):
      line.count = number
      if options.frames == .flush, lane.isDirty {
        try appendCursorDamage(&lane, line)
        line.frame = try takeFrame(&lane)
      }
    case .cursor(let image):
      lane.setPointer(image)
      line.cursor = try image.map {
        EventLine.Pointer(file: try frames.storePointer($0.surface), hotSpot: $0.hotSpot)
      }
    case .cursorMoved(let position):
      lane.movePointer(to: position)
      line.position = position
    case .vsync(let tick):
      if options.frames == .vsync {
        try appendCursorDamage(&lane, line)
        if lane.isDirty { line.frame = try takeFrame(&lane) }
      }
      line.tick = tick
    }
    try append(line)
  }

  /// Writes what the cursor changed in the frame that is due, as damage before the event that completes the frame.
  private func appendCursorDamage(_ lane: inout DumpLane, _ line: EventLine) throws {
    guard let area = lane.takePointerDamage() else { return }
    try append(EventLine(kind: .damage, scanout: line.scanout, time: line.time, damage: area))
  }

  /// Stores the lane's picture if it is another one than before.
  private func takeFrame(_ lane: inout DumpLane) throws -> EventLine.Frame? {
    guard let frame = try lane.takeFrame(storing: frames) else { return nil }
    counts.withLock { $0[lane.scanout] = frame.number }
    return frame
  }

  private func append(_ line: EventLine) throws {
    try folder.append([UInt8](lineEncoder.encode(line)))
  }
}

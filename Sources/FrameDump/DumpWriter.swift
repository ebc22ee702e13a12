internal import Display
internal import FoundationEssentials
internal import Frames
internal import LinuxIO
internal import PNG
internal import Synchronization

/// The writing side of a ``FrameDumpSink``: takes changes from a queue, keeps each scanout's image, and writes.
///
/// Everything but the queue, the backlog, the staging memory, the counts and the failure belongs to the thread that calls
/// ``run()``; ``complete()`` is called after it ended. Hence unchecked.
final class DumpWriter: @unchecked Sendable {
  /// What is to be written.
  struct Item: Sendable {
    /// The event, without its frame and without the file of its cursor.
    let event: RecordedEvent
    /// The cursor's image, for an event that shows one.
    let cursor: CursorImage?
    /// What was damaged before the event, and not handed over yet.
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
  /// Called with every event that was written, on the writing thread.
  let onWritten = Mutex<(@Sendable (RecordedEvent) -> Void)?>(nil)
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
    let scanout = item.event.scanout
    let free = lanes[scanout, default: DumpLane(scanout, options)].take(pixels)
    if let free { staging.giveBack(free, of: scanout) }
  }

  /// Ends the recording. That nothing is left to write to is said in the manifest at once, because the source may end
  /// in any way; when even that fails, the manifest says as much as before: that the recording did not finish.
  private func end(_ error: any Error) {
    let end = EarlyEnd(error)
    if let end { hasSaidEnd = (try? folder.replace(manifest(endedEarly: end))) != nil }
    defer { backlog.end() }
    guard let end, options.whenFull == .stop else { return state.withLock { $0 = .failed(error) } }
    state.withLock { $0 = .stopped(end) }
    whenEndedEarly?(end)
  }

  /// Does what an item says, and writes its event, with the frame that it completed.
  private func take(_ item: Item) throws {
    var event = item.event
    guard event.isOfScanout else { return try append(event) }
    var lane = lanes[event.scanout] ?? DumpLane(event.scanout, options)
    defer { lanes[event.scanout] = lane }
    switch event.change {
    case .scanout(let surface): lane.show(surface)
    case .damage(let rectangle): event.change = .damage(lane.damage(rectangle))
    case .frame:
      if options.frames == .flush, lane.isDirty {
        try appendCursorDamage(&lane, event.time)
        event.frame = try takeFrame(&lane, event.time)
      }
    case .cursor:
      lane.setCursor(item.cursor)
      event.change = .cursor(
        try item.cursor.map { RecordedCursor(file: try frames.storeCursor($0.surface), hotSpot: $0.hotSpot) })
    case .cursorMoved(let position): lane.moveCursor(to: position)
    case .vsync:
      if options.frames == .vsync {
        try appendCursorDamage(&lane, event.time)
        if lane.isDirty { event.frame = try takeFrame(&lane, event.time) }
      }
    case .label: break
    }
    try append(event)
  }

  /// Writes what the cursor changed in the frame that is due, as damage before the event that completes the frame.
  private func appendCursorDamage(_ lane: inout DumpLane, _ time: DisplayTime) throws {
    guard let area = lane.takeCursorDamage() else { return }
    try append(RecordedEvent(.damage(area), on: lane.scanout, at: time))
  }

  /// Stores the lane's image if it is another one than before.
  private func takeFrame(_ lane: inout DumpLane, _ time: DisplayTime) throws -> RecordedFrame? {
    guard let frame = try lane.takeFrame(at: time, storing: frames) else { return nil }
    counts.withLock { $0[lane.scanout] = frame.number }
    return frame
  }

  private func append(_ event: RecordedEvent) throws {
    try folder.append([UInt8](lineEncoder.encode(event)))
    onWritten.withLock { $0 }?(event)
  }
}

internal import Display
internal import FoundationEssentials
internal import LinuxIO
internal import PNG
internal import Synchronization

/// The writing side of a ``FrameDumpSink``: takes changes from a queue, keeps each scanout's picture, and writes.
///
/// Everything but the queue, the staging pictures, the counts and the failure belongs to the thread that calls
/// ``run()``; ``complete()`` is called after it ended. Hence unchecked.
final class DumpWriter: @unchecked Sendable {
  /// What happened, with whatever its line and its frame need.
  enum Change: Sendable {
    case scanout(EventLine.Shown?)
    case damage(Rectangle, Pixels)
    case cursor(CursorImage?)
    case cursorMoved(Point)
    case vsync(UInt64)

    var kind: EventLine.Kind {
      switch self {
      case .scanout: .scanout
      case .damage: .damage
      case .cursor: .cursor
      case .cursorMoved: .cursorMoved
      case .vsync: .vsync
      }
    }
  }

  /// Pixels that were copied from a surface: `area` of a picture that has the surface's size.
  struct Pixels: Sendable {
    let area: Rectangle
    let staging: Image
  }

  /// A change, where and when.
  struct Item: Sendable {
    let change: Change
    let scanout: ScanoutID
    let time: DisplayTime
  }

  private enum State {
    case writing
    /// The recording ended, and its source goes on.
    case stopped(EarlyEnd)
    case failed(any Error)
  }

  let options: FrameDumpOptions
  let queue: BoundedQueue<Item>
  /// Images that wait to be filled; nil for one that has not been made yet.
  private let staging: BoundedQueue<Image?>
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
    _ folder: DumpFolder, options: FrameDumpOptions, queueLength: Int, stagingCount: Int,
    whenEndedEarly: (@Sendable (EarlyEnd) -> Void)?
  ) {
    self.whenEndedEarly = whenEndedEarly
    self.folder = folder
    self.options = options
    frames = FrameStore(folder)
    queue = BoundedQueue(capacity: queueLength)
    staging = BoundedQueue(capacity: stagingCount)
    for _ in 0..<stagingCount { staging.push(nil) }
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

  /// A picture to be filled, after waiting for one. It comes back through the queue, in a `damage`.
  func takeStaging(_ size: Size) throws -> Image? {
    guard let free = staging.pop(preferring: { $0?.size == size }) else { return nil }
    if let free, free.size == size { return free }
    do {
      return try Image(size: size)
    } catch {
      staging.push(free)
      throw error
    }
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

  /// Works until the queue is closed and empty. After its end it only hands the staging pictures back.
  func run() {
    while let item = queue.pop() {
      let isWriting = if case .writing = state.withLock({ $0 }) { true } else { false }
      do {
        if isWriting {
          try take(item)
        } else if case .damage(_, let pixels) = item.change {
          staging.push(pixels.staging)
        }
      } catch {
        end(error)
      }
    }
  }

  /// Ends the recording. That nothing is left to write to is said in the manifest at once, for nobody knows how its source
  /// ends; when even that fails, the manifest says as much as before: that the recording did not finish.
  private func end(_ error: any Error) {
    let end = EarlyEnd(error)
    if let end { hasSaidEnd = (try? folder.replace(manifest(endedEarly: end))) != nil }
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
    case .damage(let rectangle, let pixels):
      staging.push(lane.take(pixels))
      line.damage = lane.damage(rectangle)
      if options.frames == .flush { line.frame = try takeFrame(&lane) }
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
        if let area = lane.takePointerDamage() {
          try append(EventLine(kind: .damage, scanout: line.scanout, time: line.time, damage: area))
        }
        if lane.isDirty { line.frame = try takeFrame(&lane) }
      }
      line.tick = tick
    }
    try append(line)
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

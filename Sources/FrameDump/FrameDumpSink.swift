public import Display
public import Frames
internal import LinuxIO
internal import PNG
internal import Synchronization

/// Writes what a source shows as a folder of PNG files and a log of events, which ``Recording`` reads and
/// ``ReplaySource`` plays again.
///
/// The damaged pixels are copied while an event is received; a thread of its own hashes, compresses and writes them. When
/// that is behind by a frame, the sink holds its source with the next one (`DisplaySource.hold()`), until the writer has
/// room for another: nothing is ever dropped, and ``receive(_:on:at:)`` never waits. Without a source there is
/// nothing to hold: there ``receive(_:on:at:)`` waits itself. One thread at a time uses a sink. After a crash, every
/// frame that was written is still there and readable.
public final class FrameDumpSink: DisplaySink {
  private struct Shown {
    let surface: Surface
    /// True until the first damage, which takes all of the surface.
    var isNew = true
    /// What was damaged since the last frame or tick.
    var damaged: StagedPixels?

    /// True when nothing was damaged since it is shown, and another surface is like it in the recording.
    func isUndamaged(like other: Surface) -> Bool {
      isNew && surface.size == other.size && surface.format == other.format
    }
  }

  private let writer: DumpWriter
  private let thread: NamedThread
  /// What the events come from; nil: they are given to this sink directly.
  private weak var source: DisplaySource?
  /// Stands in for a source that is not there.
  private let ownSource = DisplaySource()
  private var shown: [ScanoutID: Shown] = [:]
  private var hasFinished = false

  /// Starts a dump in the folder at `path`, which is made if it does not exist and must otherwise be empty. No other run
  /// can write to it until ``finish()``. `keeping`: paths of what is read meanwhile, such as goldens: a folder that is,
  /// holds or lies in one of them is refused before anything is removed.
  ///
  /// Here and later, what goes wrong is a ``FrameDumpError``. With ``WhenFull/stop``, a full dump or disk is not
  /// an error: `whenEndedEarly` is called once, on the thread that writes, and later events are not recorded. A program
  /// that may run under a limit of file size calls `FileSizeLimit.ignoreSignal()` first.
  public convenience init(
    path: String, options: FrameDumpOptions = FrameDumpOptions(), keeping: [String] = [],
    whenEndedEarly: (@Sendable (EarlyEnd) -> Void)? = nil
  ) throws {
    try self.init(path: path, options: options, keeping: keeping, whenEndedEarly: whenEndedEarly) {}
  }

  /// Calls `body` with every event that was written, with its frame, on the thread that writes; it must not wait. Set before
  /// the first event.
  public func onWritten(_ body: @escaping @Sendable (RecordedEvent) -> Void) {
    writer.onWritten.withLock { $0 = body }
  }

  /// As above; `beforeWriting` is called on the writing thread before each file and each line, and may wait or throw.
  init(
    path: String, options: FrameDumpOptions, keeping: [String] = [],
    whenEndedEarly: (@Sendable (EarlyEnd) -> Void)? = nil,
    beforeWriting: @escaping @Sendable () throws(SystemError) -> Void
  ) throws {
    let folder = try DumpFolder(path, options, keeping: keeping, beforeWriting: beforeWriting)
    let writer = DumpWriter(folder, options: options, whenEndedEarly: whenEndedEarly)
    self.writer = writer
    thread = try NamedThread("frame-dump") { writer.run() }
  }

  deinit {
    // A sink that goes without `finish` leaves a dump that says so.
    writer.queue.close()
    thread.join()
  }

  /// How many frames each scanout has so far. Any thread may ask.
  public var frameCounts: [ScanoutID: Int] { writer.frameCounts }

  /// How many frames were received and are not written yet. Any thread may ask.
  public var framesWaiting: Int { writer.backlog.frameCount }

  /// Why the recording ended while its source goes on; nil: it did not. Any thread may ask.
  public var earlyEnd: EarlyEnd? { writer.earlyEnd }

  /// Keeps the source, to hold it when the writer is behind.
  public func join(_ source: DisplaySource) {
    self.source = source
  }

  /// Takes an event. When writing failed since the last one, this throws why: the disk is full, the folder is gone.
  public func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) throws {
    try writer.throwFailure()
    guard writer.earlyEnd == nil else {
      // Nothing is recorded any more, so nothing of the guest's is kept.
      shown = [:]
      return
    }
    guard FrameName.scanouts.contains(scanout) else { throw FrameDumpError.outOfRange(scanout: scanout, nil) }
    switch event {
    case .scanout(let surface):
      if let surface, !Image.canHave(surface.size) {
        throw FrameDumpError.outOfRange(scanout: scanout, surface.size)
      }
      // A front end may change its memory all day, and each time the scanout shows the same elsewhere.
      let isRepeated = surface.map { shown[scanout]?.isUndamaged(like: $0) == true } ?? false
      show(surface, on: scanout)
      if isRepeated { break }
      submit(.scanout(surface.map { RecordedSurface(size: $0.size, format: $0.format) }), scanout, time)
    case .damage(let rectangle):
      try takeDamage(rectangle, scanout, time)
    case .frame(let number):
      submit(.frame(number), scanout, time, takeDamaged(scanout))
    case .cursor(let image):
      if let image, image.isInFrame, writer.options.cursor != .with { throw FrameDumpError.cursorIsInFrames }
      submit(.cursor(nil), scanout, time, cursor: image)
    case .cursorMoved(let position):
      submit(.cursorMoved(position), scanout, time)
    case .vsync(let tick):
      submit(.vsync(tick), scanout, time, writer.options.frames == .vsync ? takeDamaged(scanout) : nil)
    }
    if ownSource.isHeld { try ownSource.waitUntilReleased() }
  }

  /// Takes a label, whose name is 1 to 256 bytes long and has no control characters.
  public func receive(label name: String, at time: DisplayTime) throws {
    try writer.throwFailure()
    guard writer.earlyEnd == nil else { return }
    guard RecordedLabel.isName(name) else { throw FrameDumpError.badLabel(name) }
    submit(.label(name), 0, time)
    if ownSource.isHeld { try ownSource.waitUntilReleased() }
  }

  /// Waits until everything is written, and completes the dump.
  public func finish() throws {
    guard !hasFinished else { return }
    hasFinished = true
    writer.queue.close()
    thread.join()
    try writer.throwFailure()
    try writer.complete()
  }

  private func show(_ surface: Surface?, on scanout: ScanoutID) {
    // Damage without a frame is never shown: the first damage of the next surface is all of it.
    if let damaged = shown[scanout]?.damaged { writer.staging.giveBack(damaged.image, of: scanout) }
    if surface == nil { writer.staging.clear(scanout) }
    shown[scanout] = surface.map { Shown(surface: $0) }
  }

  /// Copies the damaged pixels, once, to staging memory.
  private func takeDamage(_ rectangle: Rectangle, _ scanout: ScanoutID, _ time: DisplayTime) throws {
    guard
      var current = shown[scanout], let damage = rectangle.intersection(Rectangle(current.surface.size))
    else { return }
    // A source that damages often and completes no frame hands over what it has, so that the list stays short.
    let handedOver = current.damaged?.isFull == true ? current.damaged.take() : nil
    var pixels = try current.damaged ?? StagedPixels(writer.staging.image(current.surface.size, for: scanout))
    try pixels.copy(current.isNew ? Rectangle(current.surface.size) : damage, of: current.surface)
    current.damaged = pixels
    current.isNew = false
    shown[scanout] = current
    submit(.damage(damage), scanout, time, handedOver)
  }

  /// Takes out what was damaged since the last frame or tick.
  private func takeDamaged(_ scanout: ScanoutID) -> StagedPixels? {
    shown[scanout]?.damaged.take()
  }

  private func submit(
    _ change: RecordedEvent.Change, _ scanout: ScanoutID, _ time: DisplayTime, _ pixels: StagedPixels? = nil,
    cursor: CursorImage? = nil
  ) {
    writer.backlog.add(isFrame: pixels != nil) { (source ?? ownSource).hold() }
    writer.queue.push(
      DumpWriter.Item(event: RecordedEvent(change, on: scanout, at: time), cursor: cursor, pixels: pixels))
  }
}

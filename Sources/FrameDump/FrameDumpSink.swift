public import Display
internal import LinuxIO
internal import PNG

/// Writes what a source shows as a folder of PNG files and a log of events, which ``Recording`` reads and
/// ``ReplaySource`` plays again.
///
/// The damaged pixels are copied while an event is received; a thread of its own hashes, compresses and writes them.
/// When it falls behind by a few flushes, ``receive(_:on:at:)`` waits for it: nothing is ever dropped. One thread at a
/// time uses a sink. After a crash, every frame that was written is still there and readable.
public final class FrameDumpSink: DisplaySink {
  /// Flushes whose pixels wait while another one is written, at most: the memory of one picture beside that which is kept
  /// of each scanout.
  private static let stagingCount = 1
  /// Events that wait, at most; most of them carry no pixels.
  private static let queueLength = 64

  private struct Shown {
    let surface: Surface
    /// True until the first damage, which takes all of the surface.
    var isNew = true
  }

  private let writer: DumpWriter
  private let thread: NamedThread
  private var shown: [ScanoutID: Shown] = [:]
  private var hasFinished = false

  /// Starts a dump in the folder at `path`, which is made if it does not exist and must otherwise be empty. No other run
  /// can write to it until ``finish()``. `keeping`: paths of what is read meanwhile, such as goldens: a folder that is,
  /// holds or lies in one of them is refused before anything is removed.
  ///
  /// Here and later, what goes wrong is a ``FrameDumpError``. With ``WhenFull/stop``, a full dump or disk is not
  /// an error: `whenEndedEarly` is called once, on the thread that writes, and later events are not recorded. A program
  /// that may run under a limit of file size calls `FileSizeLimit.ignoreSignal()` first.
  public init(
    path: String, options: FrameDumpOptions = FrameDumpOptions(), keeping: [String] = [],
    whenEndedEarly: (@Sendable (EarlyEnd) -> Void)? = nil
  ) throws {
    let folder = try DumpFolder(path, options, keeping: keeping)
    let writer = DumpWriter(
      folder, options: options, queueLength: Self.queueLength, stagingCount: Self.stagingCount,
      whenEndedEarly: whenEndedEarly)
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

  /// Why the recording ended while its source goes on; nil: it did not. Any thread may ask.
  public var earlyEnd: EarlyEnd? { writer.earlyEnd }

  /// Takes an event. When writing failed since the last one, this throws why: the disk is full, the folder is gone.
  public func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) throws {
    try writer.throwFailure()
    guard writer.earlyEnd == nil else { return }
    guard DumpLayout.scanouts.contains(scanout) else { throw FrameDumpError.outOfRange(scanout: scanout, nil) }
    switch event {
    case .scanout(let surface):
      if let surface, !Image.canHave(surface.size) {
        throw FrameDumpError.outOfRange(scanout: scanout, surface.size)
      }
      shown[scanout] = surface.map { Shown(surface: $0) }
      submit(.scanout(surface.map { EventLine.Shown(size: $0.size, format: $0.format) }), scanout, time)
    case .damage(let rectangle):
      try takeDamage(rectangle, scanout, time)
    case .frame: break
    case .cursor(let image):
      if let image, image.isInFrame, writer.options.cursor != .with { throw FrameDumpError.pointerIsInFrames }
      submit(.cursor(image), scanout, time)
    case .cursorMoved(let position):
      submit(.cursorMoved(position), scanout, time)
    case .vsync(let tick):
      submit(.vsync(tick), scanout, time)
    }
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

  /// Copies the damaged pixels, once, to a staging picture.
  private func takeDamage(_ rectangle: Rectangle, _ scanout: ScanoutID, _ time: DisplayTime) throws {
    guard
      let current = shown[scanout], let damage = rectangle.intersection(Rectangle(current.surface.size))
    else { return }
    let area = current.isNew ? Rectangle(current.surface.size) : damage
    shown[scanout]?.isNew = false
    guard let staging = try writer.takeStaging(current.surface.size) else { return }
    try staging.copy(area, of: current.surface, to: area.corner)
    submit(.damage(damage, DumpWriter.Pixels(area: area, staging: staging)), scanout, time)
  }

  private func submit(_ change: DumpWriter.Change, _ scanout: ScanoutID, _ time: DisplayTime) {
    writer.queue.push(DumpWriter.Item(change: change, scanout: scanout, time: time))
  }
}

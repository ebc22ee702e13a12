internal import Display
internal import DisplaySocket
internal import LinuxIO
internal import Logging
internal import VirtioGPU

/// Display of the back end behind a tap: gives it display sockets, and emits what comes over them.
///
/// Everything is called on the thread of the event loop.
final class TapDisplay {
  /// Called once, with the error of a sink after which the tap cannot go on, such as a full disk under a recording.
  var onFailure: (any Error) -> Void = { _ in }

  /// Bytes on their way from the back end that are asked for: what every Linux grants. More would not stay in a cache.
  private static let sendBuffer: Int32 = 212_992

  private let display: DisplaySource
  /// Source of what comes over the back end's display sockets; its only sink is the clock.
  private let received = DisplaySource()
  private let configuration: TapRun.TapConfiguration
  private let loop: EventLoop
  private let log: RateLimitedLog
  private let start = Alarm.now
  private let clock: TapClock
  /// The virtual machine's own display; nil: it gets no frames.
  private let forward: FrontEndDisplay?
  /// Display socket of the virtual machine, which stays open: QEMU waits busily for one that is closed.
  private var frontEndSocket: Descriptor?
  /// Display sockets of the back end, the oldest first: the one that it uses, and the one that it got last.
  private var sources: [Source] = []

  private struct Source {
    let number: Int
    let socket: DisplaySocketSource
    /// True when the back end has chosen its features on it.
    var isUsed = false
  }
  private var lastNumber = 0

  init(_ display: DisplaySource, _ configuration: TapRun.TapConfiguration, loop: EventLoop, log: RateLimitedLog) throws
  {
    self.display = display
    self.configuration = configuration
    self.loop = loop
    self.log = log
    let start = start
    clock = try TapClock(
      into: display, outputs: configuration.outputs, pace: configuration.pace, loop: loop,
      now: { DisplayTime(nanoseconds: Alarm.now - start) })
    forward = configuration.forwards ? try FrontEndDisplay(display, loop: loop, log: log) : nil
    try received.add(clock, named: "clock", policy: .required)
    received.onRelease = { [weak self] in self?.resume() }
    display.onRelease = { [weak self] in self?.release() }
    clock.onTick = { [weak self] in self?.reply(on: $0) }
  }

  /// Makes a display socket for the back end, in the place of the one that the front end gave, if it gave any.
  func makeSocket(for socket: Descriptor?) throws(SystemError) -> Descriptor {
    let (ours, theirs) = try UnixSocket.makePair()
    theirs.growSendBuffer(to: Self.sendBuffer)
    lastNumber += 1
    let number = lastNumber
    var options = DisplaySocketSource.Options()
    options.features = [.edid, .modifiers]
    options.repliesWhenShown = configuration.pace != .immediate
    let start = start
    options.now = { DisplayTime(nanoseconds: Alarm.now - start) }
    options.onFeatures = { [weak self] _ in self?.use(number) }
    options.onEnd = { [weak self] in self?.ended(number, $0) }
    let source = try DisplaySocketSource(
      ours.descriptor, into: received, outputs: configuration.outputs, on: loop, options: options)
    // Of those before, only the one in use is of use: QEMU's back end refuses every further one and goes on with its first.
    for before in sources where !before.isUsed { before.socket.stop() }
    sources.removeAll { !$0.isUsed }
    sources.append(Source(number: number, socket: source))
    if let socket {
      frontEndSocket = socket
      forward?.attach(socket)
    }
    return theirs.descriptor
  }

  /// The virtual machine has left: its scanouts are off.
  func leave() throws {
    for source in sources { source.socket.stop() }
    sources = []
    forward?.detach()
    frontEndSocket = nil
    for (scanout, state) in received.states.sorted(by: { $0.key < $1.key }) {
      let now = DisplayTime(nanoseconds: Alarm.now - start)
      if state.cursor != nil { try received.emit(.cursor(nil), on: scanout, at: now) }
      if state.surface != nil { try received.emit(.scanout(nil), on: scanout, at: now) }
    }
  }

  /// The back end uses this socket: those before it are of no use any more.
  private func use(_ number: Int) {
    for before in sources where before.number < number { before.socket.stop() }
    sources.removeAll { $0.number < number }
    if let index = sources.firstIndex(where: { $0.number == number }), !sources[index].isUsed {
      sources[index].isUsed = true
      log.log(.info, "the back end sends its frames")
    }
  }

  private func ended(_ number: Int, _ end: DisplaySocketSourceEnd) {
    sources.removeAll { $0.number == number }
    log.log(end == .closed ? .debug : .warning, "the back end's frames are shown no longer: \(end)")
  }

  private func release() {
    do { try clock.release() } catch { onFailure(error) }
  }

  private func resume() {
    do { for source in sources { try source.socket.resume() } } catch { onFailure(error) }
  }

  /// Replies to the updates that waited for a tick.
  private func reply(on scanout: ScanoutID) {
    guard configuration.pace != .immediate else { return }
    for source in sources { source.socket.replyToUpdates(of: scanout) }
  }
}

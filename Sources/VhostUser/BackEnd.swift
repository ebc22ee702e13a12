internal import LinuxIO
internal import Virtqueue
internal import Wire

/// The device's end of one connection: what the front end has said, and the rings that follow from it.
///
/// A request that cannot be granted is answered with an error when its sender asked for an answer; when it did not, it
/// cannot know, and the session ends with the reason. A ring that makes no sense stops by itself: the session and the
/// other rings go on.
final class BackEnd {
  /// How much a session has to say, at most: a guest that does everything wrong does not fill a disk with a log.
  private static let mostNotices = 100

  let device: any VirtioDevice
  let loop: EventLoop
  private let log: (String) -> Void
  private var noticesLeft = BackEnd.mostNotices
  private let ended: (SessionEnd) -> Void
  private var connection: Connection?

  var rings: [Ring]
  /// Raised by ourselves when rings are to be served without a kick: after they start, and when a turn was too short.
  let turn: EventCounter
  private var turnWatch: EventLoop.Registration?

  var table: MemoryTable
  /// Raised when the front end shortens a file under memory that is in use.
  private let tornMemory: EventCounter
  private var tornWatch: EventLoop.Registration?
  var acknowledged: UInt64 = 0
  var protocolFeatures: ProtocolFeatures = []
  var status: UInt64 = 0
  var channel: BackEndChannel?
  /// While the device starts over, its shared memory regions are empty already.
  var isResetting = false
  /// True when the front end has said that it does not pass news on. Its channel stays open, for QEMU complains when
  /// that closes.
  var isNewsRefused = false
  private var hasConfigurationNews = false

  /// Takes over a connected socket. `ended` is called once, when the front end has left or broken the rules.
  init(
    device: any VirtioDevice, loop: EventLoop, notice: @escaping (String) -> Void,
    ended: @escaping (SessionEnd) -> Void
  ) throws(SystemError) {
    self.device = device
    self.loop = loop
    log = notice
    self.ended = ended
    rings = (0..<min(max(device.queueCount, 1), 256)).map(Ring.init(index:))
    turn = try EventCounter()
    tornMemory = try EventCounter()
    table = MemoryTable(tornEvent: tornMemory)
  }

  /// Starts to serve.
  func start(on socket: UnixSocket) throws(SystemError) {
    turnWatch = try loop.watch(turn.descriptor) { [weak self] in self?.serveTurns() }
    do {
      tornWatch = try loop.watch(tornMemory.descriptor) { [weak self] in self?.end(.memoryTorn) }
      try open(socket)
    } catch {
      unwatchEvents()
      throw error
    }
  }

  private func open(_ socket: UnixSocket) throws(SystemError) {
    let connection = try Connection(
      socket, loop: loop,
      received: { [weak self] (message) throws(SessionEnd) in try self?.receive(message) },
      ended: { [weak self] in self?.end($0) })
    try connection.open()
    self.connection = connection
  }

  private func unwatchEvents() {
    for watch in [turnWatch, tornWatch] { if let watch { loop.cancel(watch) } }
  }

  /// Looks at once whether the front end has sent anything, or has left.
  func poll() {
    connection?.serve()
  }

  /// Ends the session: the rings stop where they are, and the device forgets guest and memory.
  func end(_ reason: SessionEnd) {
    guard let connection else { return }
    self.connection = nil
    connection.close()
    unwatchEvents()
    for ring in rings { forget(ring) }
    resetDeviceState { channel in channel.close() }
    channel = nil
    table = MemoryTable(tornEvent: tornMemory)
    device.memoryChanged(.none)
    ended(reason)
  }

  /// Something is wrong, and the session goes on.
  func notice(_ sentence: String) {
    guard noticesLeft > 0 else { return }
    noticesLeft -= 1
    log(sentence)
    if noticesLeft == 0 { log("what else is wrong in this session is not reported") }
  }

  /// Tells the driver to look at its configuration space again; false when the front end opened no way to do that.
  ///
  /// While no ring runs nothing may be sent, so the news waits until one does.
  func configurationChanged() -> Bool {
    guard canNotify else { return false }
    hasConfigurationNews = true
    if isRunning { talk() }
    return canNotify
  }

  /// True when there is a way to tell the driver of a new configuration.
  var canNotify: Bool { channel?.isOpen == true && !isNewsRefused }

  /// True while a ring runs; else the protocol has us be silent.
  var isRunning: Bool { rings.contains { $0.watch != nil } }

  /// Says what has waited for a ring to run.
  func talk() {
    channel?.flush()
    guard hasConfigurationNews else { return }
    hasConfigurationNews = false
    guard let channel else { return }
    channel.configurationChanged(isAnswered: protocolFeatures.contains(.replyAck)) {
      [weak self, weak channel] isPassedOn in
      guard let self, let channel, channel.isOpen, channel === self.channel, !isPassedOn, !isNewsRefused else { return }
      isNewsRefused = true
      notice(
        "the front end does not pass on that the configuration changed (QEMU's for a GPU does not): the guest sees it "
          + "when it starts again")
    }
  }

  private func receive(_ message: Message) throws(SessionEnd) {
    let number = message.header.request
    let request = FrontEndRequest(rawValue: number)
    do {
      switch try perform(request, message) {
      case .reply(let payload): try connection?.reply(to: number, payload)
      case .done: try acknowledge(message, failed: false)
      case .failed: try acknowledge(message, failed: true)
      }
    } catch let error as ProtocolError {
      throw .protocolError(error)
    } catch let end as SessionEnd {
      throw end
    } catch {
      let refusal = error as? RefusedRequest ?? RefusedRequest(request: number, reason: "\(error)")
      guard isAwaited(message), request?.hasReply != true else { throw .refused(refusal) }
      notice(refusal.description)
      try acknowledge(message, failed: true)
    }
  }

  private func perform(_ request: FrontEndRequest?, _ message: Message) throws -> Outcome {
    guard let request else { throw RefusedRequest(request: message.header.request, reason: "it is not known here") }
    return try perform(
      try FrontEndMessage(request, payload: message.payload, descriptors: message.descriptors))
  }

  /// Answers a request that has no answer of its own, when the front end wants one.
  private func acknowledge(_ message: Message, failed: Bool) throws(SessionEnd) {
    guard isAwaited(message) else { return }
    var writer = ByteWriter(capacity: 8)
    writer.u64(failed ? 1 : 0)
    try connection?.reply(to: message.header.request, writer.bytes)
  }

  /// Judged after the message took effect: user-mode Linux counts on the answer to the very message that agrees on
  /// answers.
  private func isAwaited(_ message: Message) -> Bool {
    message.header.flags.contains(.needsReply) && protocolFeatures.contains(.replyAck)
  }
}

/// What came of a request.
enum Outcome {
  case done
  /// It was carried out, and something that follows from it did not work. The reason has been given.
  case failed
  case reply([UInt8])
}

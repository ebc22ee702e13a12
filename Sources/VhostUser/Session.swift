internal import LinuxIO
internal import Virtio
internal import Virtqueue
internal import Wire

/// The back end of one connection: what the front end has said, and the rings that follow from it.
///
/// A request that cannot be granted is replied to with an error when its sender asked for a reply; otherwise the session
/// ends with the reason. A ring that makes no sense stops by itself: the session and the other rings go on.
final class Session {
  /// The most notices of a session: a guest that makes mistakes without end does not fill a disk with a log.
  private static let maximumNotices = 100

  /// What a session reports to its server.
  struct Reports {
    /// Something is wrong, and the session goes on.
    let notice: (String) -> Void
    /// The driver did something that concerns the owner of the device.
    let driverEvent: (Server.DriverEvent) -> Void
    /// Called once, when the front end has left or broken the rules and the device has been reset.
    let ended: (SessionEnd) -> Void
  }

  let guarded: GuardedDevice
  var device: any VirtioDevice { guarded.device }
  let loop: EventLoop
  private let reports: Reports
  private var noticesLeft = Session.maximumNotices
  private var connection: Connection?
  /// True when the session is over, also while the device still completes its reset.
  private(set) var isEnded = false

  var vrings: [Vring]
  /// Signalled by this side when turns are due without a kick.
  let turn: EventCounter
  private var turnWatch: EventLoop.Registration?

  var table: MemoryTable
  /// Signalled when the front end shortens a file under memory that is in use.
  private let tornMemory: EventCounter
  private var tornWatch: EventLoop.Registration?
  var acknowledged: UInt64 = 0
  var protocolFeatures: ProtocolFeatures = []
  var status: UInt64 = 0
  /// Kept open until the next one: QEMU spins when it is closed.
  var displaySocket: Descriptor?
  var channel: BackEndChannel?
  /// True while the device is reset: its shared memory regions are empty already.
  var isResetting = false
  /// True when the front end has said that it does not pass configuration changes on. Its channel stays open, because QEMU
  /// reports an error when that closes.
  var rejectsConfigurationChanges = false
  private var hasConfigurationChange = false

  private var pending: PendingCompletion?
  private var lastCompletion: UInt64 = 0

  /// Something that the device completes later.
  private struct PendingCompletion {
    let number: UInt64
    /// Completes it; the argument says whether that is later than the call.
    let finish: (Bool) -> Void
    /// The message that waits for its reply.
    var message: Message?
  }

  /// Takes over a connected socket.
  init(_ guarded: GuardedDevice, loop: EventLoop, reports: Reports) throws(SystemError) {
    self.guarded = guarded
    self.loop = loop
    self.reports = reports
    vrings = (0..<min(max(guarded.device.queueCount, 1), 256)).map(Vring.init(index:))
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
    connection?.poll()
  }

  /// Ends the session: the rings stop where they are, and the device forgets guest and memory.
  func end(_ reason: SessionEnd) {
    guard let connection, !isEnded else { return }
    isEnded = true
    self.connection = nil
    connection.close()
    unwatchEvents()
    for vring in vrings { stop(vring) }
    let memory = table.memory
    resetDevice(settling: { $0.close() }) { [weak self] in
      self?.forgetMemory(memory, reason)
    }
  }

  private func forgetMemory(_ memory: GuestMemory, _ reason: SessionEnd) {
    channel = nil
    table = MemoryTable(tornEvent: tornMemory)
    complete {
      try $0.memoryChanged(.none, completion: $1)
    } then: { [weak self] _ in
      // Mapped until the device does not use it any more.
      withExtendedLifetime(memory) {}
      self?.reports.ended(reason)
    }
  }

  /// Something is wrong, and the session goes on.
  func notice(_ sentence: String) {
    guard noticesLeft > 0 else { return }
    noticesLeft -= 1
    reports.notice(sentence)
    if noticesLeft == 0 { reports.notice("what else is wrong in this session is not reported") }
  }

  /// The driver did something that concerns the owner of the device.
  func report(_ event: Server.DriverEvent) {
    reports.driverEvent(event)
  }

  // MARK: What the device completes later

  /// Calls the device, and `finish` when the device has completed that, at once or later. Until then no message is read.
  @discardableResult
  func complete(
    _ start: (any VirtioDevice, @escaping () -> Void) throws -> Void, then finish: @escaping (_ isLate: Bool) -> Void
  ) -> MessageResult {
    lastCompletion &+= 1
    let number = lastCompletion
    pending = PendingCompletion(number: number, finish: finish)
    let hasStarted = guarded.attempt { device in
      try start(device) { [weak self] in self?.deviceCompleted(number) }
    }
    // A device that failed has nothing to complete.
    if !hasStarted { deviceCompleted(number) }
    return pending?.number == number ? .pending : .done
  }

  private func deviceCompleted(_ number: UInt64) {
    // A session that has ended meanwhile waits for another completion.
    guard let completed = pending, completed.number == number else { return }
    pending = nil
    completed.finish(completed.message != nil)
    guard let message = completed.message else { return }
    do {
      try acknowledge(message, failed: false)
      try connection?.resume()
    } catch {
      end(error)
    }
  }

  // MARK: Configuration changes

  /// Tells the driver to read its configuration space again; false when the front end opened no way to do that.
  ///
  /// While no ring runs nothing may be sent, so the message waits until one does.
  func configurationChanged() -> Bool {
    guard canNotify else { return false }
    hasConfigurationChange = true
    if isRunning { sendWaiting() }
    return canNotify
  }

  /// True when there is a way to tell the driver of a new configuration.
  var canNotify: Bool { channel?.isOpen == true && !rejectsConfigurationChanges }

  /// True while a ring runs; otherwise the protocol forbids requests of the back end.
  var isRunning: Bool { vrings.contains { $0.watch != nil } }

  /// Sends what has waited for a ring to run.
  func sendWaiting() {
    channel?.flush()
    guard hasConfigurationChange else { return }
    hasConfigurationChange = false
    guard let channel else { return }
    channel.configurationChanged(wantsReply: protocolFeatures.contains(.replyAck)) {
      [weak self, weak channel] isPassedOn in
      guard let self, let channel, channel.isOpen, channel === self.channel, !isPassedOn, !rejectsConfigurationChanges
      else { return }
      rejectsConfigurationChanges = true
      notice(
        "the front end does not pass on that the configuration changed (QEMU's for a GPU does not): the guest sees it "
          + "when it starts again")
    }
  }

  // MARK: Messages

  private func receive(_ message: Message) throws(SessionEnd) {
    let number = message.header.request
    let request = FrontEndRequest(rawValue: number)
    do {
      switch try perform(request, message) {
      case .reply(let payload): try connection?.reply(to: number, payload)
      case .done: try acknowledge(message, failed: false)
      case .failed: try acknowledge(message, failed: true)
      case .pending:
        pending?.message = message
        try connection?.pause()
      }
    } catch let error as ProtocolError {
      throw .protocolError(error)
    } catch let end as SessionEnd {
      throw end
    } catch {
      let refusal = error as? RefusedRequest ?? RefusedRequest(request: number, reason: "\(error)")
      guard wantsAcknowledgement(message), request?.hasReply != true else { throw .refused(refusal) }
      notice(refusal.description)
      try acknowledge(message, failed: true)
    }
  }

  private func perform(_ request: FrontEndRequest?, _ message: Message) throws -> MessageResult {
    guard let request else { throw RefusedRequest(request: message.header.request, reason: "it is not known here") }
    return try perform(
      try FrontEndMessage(request, payload: message.payload, descriptors: message.descriptors))
  }

  /// Replies to a request that has no reply of its own, when the front end wants one.
  private func acknowledge(_ message: Message, failed: Bool) throws(SessionEnd) {
    guard wantsAcknowledgement(message) else { return }
    var writer = ByteWriter(capacity: 8)
    writer.u64(failed ? 1 : 0)
    try connection?.reply(to: message.header.request, writer.bytes)
  }

  /// Decided after the message took effect: user-mode Linux counts on the reply to the very message that agrees on
  /// replies.
  private func wantsAcknowledgement(_ message: Message) -> Bool {
    message.header.flags.contains(.needsReply) && protocolFeatures.contains(.replyAck)
  }
}

/// The result of a message of the front end.
enum MessageResult {
  case done
  /// It was carried out, and something that follows from it did not work. The reason has been given.
  case failed
  /// The device completes it later. Until then no message is read.
  case pending
  case reply([UInt8])
}

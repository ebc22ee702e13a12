internal import Display

/// One command of the guest until it is responded to.
///
/// The response goes out when nothing is waited for any more: a renderer, a fence, a tick of a scanout, a sink's hold, the
/// front end; and, when the command is fenced, when all before it on its timeline are ready.
final class PendingCommand {
  let header: ControlHeader
  /// The timeline on which it has its turn; nil: it is not fenced.
  let timeline: Timeline?
  /// The response, header first.
  var response: [UInt8] = []
  /// How much is waited for; the execution itself counts.
  private(set) var awaited = 1
  /// How many commands of renderers are carried out for it.
  var rendererCalls = 0
  /// True from when ``ResponseQueue`` keeps it until it is responded to.
  var isKept = false
  /// True for a command that must not go on: its response went out when the queue stopped.
  var isCancelled = false
  /// Its number among the commands of its scanout's cursor; nil: it came on the control queue.
  let cursorNumber: UInt64?
  private let deliver: ([UInt8]) -> Void
  private(set) var isDelivered = false

  init(_ header: ControlHeader, timeline: Timeline?, cursorNumber: UInt64? = nil, deliver: @escaping ([UInt8]) -> Void)
  {
    self.header = header
    self.timeline = timeline
    self.cursorNumber = cursorNumber
    self.deliver = deliver
  }

  /// True when it may be responded to as soon as its turn comes.
  var isReady: Bool { awaited == 0 }

  /// True when it came on the cursor queue, where there are no responses.
  var isCursor: Bool { cursorNumber != nil }

  /// One thing more to wait for.
  func wait() {
    awaited += 1
  }

  /// One thing less.
  func endWait() {
    awaited = max(0, awaited - 1)
  }

  /// Waits for nothing more, whatever is still under way.
  func endAllWaits() {
    awaited = 0
  }

  /// Sends the response, once.
  func send() {
    guard !isDelivered else { return }
    isDelivered = true
    deliver(response)
  }

  /// Never sends a response: the device cannot go on.
  func drop() {
    isDelivered = true
  }
}

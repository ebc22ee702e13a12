internal import Display

/// One request on its way to its answer.
///
/// It is answered when nothing is waited for any more: a fence of the renderer, ticks of scanouts, a word of the front
/// end; and, when it is fenced, when all before it on its timeline are.
final class PendingCommand {
  let header: ControlHeader
  /// Where it waits its turn; nil: it is not fenced.
  let timeline: Timeline?
  /// When it came.
  let start: DisplayTime
  /// The answer, header first.
  var answer: [UInt8] = []
  /// How much is waited for; the execution itself counts.
  private(set) var awaited = 1
  /// True while it counts as one that waits.
  var isCounted = false
  private let deliver: ([UInt8]) -> Void
  private(set) var isDelivered = false

  init(
    _ header: ControlHeader, timeline: Timeline?, start: DisplayTime, deliver: @escaping ([UInt8]) -> Void
  ) {
    self.header = header
    self.timeline = timeline
    self.start = start
    self.deliver = deliver
  }

  /// True when it may be answered as soon as its turn comes.
  var isReady: Bool { awaited == 0 }

  /// One thing more to wait for.
  func wait() {
    awaited += 1
  }

  /// One thing less.
  func settle() {
    awaited = max(0, awaited - 1)
  }

  /// Sends the answer, once.
  func send() {
    guard !isDelivered else { return }
    isDelivered = true
    deliver(answer)
  }
}

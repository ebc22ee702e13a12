internal import LinuxIO

/// Time limit of a message, from its first byte to its last: a peer that sends the start of one and no more is noticed.
final class MessageDeadline {
  private let nanoseconds: UInt64
  private let timer: Timer
  private var watch: (loop: EventLoop, registration: EventLoop.Registration)?
  /// True while a message has begun and is not whole.
  private(set) var isSet = false
  /// True when the timer is set for the message that is being read.
  private var isTimed = false

  init(seconds: Int) throws(SystemError) {
    nanoseconds = UInt64(seconds) * 1_000_000_000
    timer = try Timer()
  }

  /// Calls `expired` on the loop's thread when a message has taken too long. The rest of it may have come meanwhile.
  func watch(in loop: EventLoop, expired: @escaping () -> Void) throws(SystemError) {
    let registration = try loop.watch(timer.descriptor) { [weak self] in
      self?.timer.acknowledge()
      expired()
    }
    watch = (loop, registration)
  }

  /// Expires no more.
  func cancel() {
    if let watch { watch.loop.cancel(watch.registration) }
    watch = nil
  }

  /// The message that was being read is whole.
  func messageEnded() {
    isTimed = false
  }

  /// The time of a message starts with its first byte, and more bytes do not start it again.
  func update(isInside: Bool) {
    if isInside {
      guard !isTimed else { return }
      timer.set(after: nanoseconds)
    } else {
      guard isSet else { return }
      timer.set(after: nil)
    }
    isSet = isInside
    isTimed = isInside
  }
}

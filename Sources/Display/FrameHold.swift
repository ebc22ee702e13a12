internal import Synchronization

/// A sink's hold on its source: until the hold ends, the source takes no further command from its guest.
///
/// A sink that must lose nothing takes one with a frame when it is behind (``DisplaySource/hold()``), and ends it when it
/// has room for another frame. A hold that is released ends by itself.
public final class FrameHold: Sendable {
  private let hasEnded = Atomic<Bool>(false)
  private let mailbox: SourceMailbox

  init(_ mailbox: SourceMailbox) {
    self.mailbox = mailbox
    mailbox.addHold()
  }

  deinit {
    end()
  }

  /// Ends the hold. Any thread may call it; only the first call has an effect.
  public func end() {
    guard !hasEnded.exchange(true, ordering: .acquiringAndReleasing) else { return }
    mailbox.endHold()
  }
}

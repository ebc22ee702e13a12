private import Synchronization

/// Who hears that the display of this process is gone.
enum DisplayLoss {
  private static let listener = Mutex<(@Sendable () -> Void)?>(nil)

  /// Calls `body` when the display is lost, on the thread whose call finds out; nil: Xlib ends the process.
  static func listen(_ body: (@Sendable () -> Void)?) {
    listener.withLock { $0 = body }
  }

  /// Tells the listener, once; false when there is none.
  static func report() -> Bool {
    let body = listener.withLock { listener in
      defer { listener = nil }
      return listener
    }
    body?()
    return body != nil
  }
}

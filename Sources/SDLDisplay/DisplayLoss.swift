private import Synchronization

/// Handler of the loss of this process's X display. Xlib knows one for all connections, so there is one here.
enum DisplayLoss {
  private static let handler = Mutex<(@Sendable () -> Void)?>(nil)

  /// Calls `body` when the display is lost, on the thread that was speaking to it; nil: Xlib ends the process.
  static func setHandler(_ body: (@Sendable () -> Void)?) {
    handler.withLock { $0 = body }
  }

  /// Calls the handler, once; false when there is none.
  static func report() -> Bool {
    let body = handler.withLock { handler in
      defer { handler = nil }
      return handler
    }
    body?()
    return body != nil
  }
}

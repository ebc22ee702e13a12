package import Display
private import Synchronization

/// What the windows' thread calls.
extension WindowSink {
  /// What the windows' thread checks before it waits.
  struct Signals: Equatable {
    var hasChanges: Bool
    var isFinished: Bool
    var isStopped: Bool
  }

  /// The signals that are raised now.
  var signals: Signals {
    state.withLock { $0.signals }
  }

  /// Takes the changes: returns the scanouts that are on, in order. A later change wakes the windows again.
  func takeChanges() -> [ScanoutID] {
    state.withLock { state in
      state.hasChanges = false
      return state.copies.filter { $0.value.image != nil }.keys.sorted()
    }
  }

  /// What the titles of new windows begin with; nil: what the options say.
  var name: String? {
    state.withLock { $0.name }
  }

  /// The size of what a scanout shows; nil: it is off.
  func size(of scanout: ScanoutID) -> Size? {
    state.withLock { $0.copies[scanout]?.image?.size }
  }

  /// Lends the copy of a scanout. The source's thread waits meanwhile, so `body` only copies pixels and draws nothing.
  func withCopy(of scanout: ScanoutID, _ body: (inout ScanoutCopy) -> Void) {
    state.withLock { state in
      body(&state.copies[scanout, default: ScanoutCopy()])
    }
  }

  /// Puts a request of the user into the queue of the source; dropped when the sink has joined none.
  package func request(_ request: DisplayRequest, of scanout: ScanoutID) {
    state.withLock(\.mailbox)?.request(request, of: scanout)
  }

  /// Takes no event of this scanout any more.
  func close(_ scanout: ScanoutID) {
    state.withLock { state in
      state.closed.insert(scanout)
      state.copies[scanout] = nil
    }
  }

  /// Says how the windows' thread waits from now on. False when a signal was raised that is not in `signals`: its wake-up may
  /// have gone to the previous method.
  func prepareWait(by method: Waker.WaitMethod, knowing signals: Signals) -> Bool {
    state.withLock { state in
      state.waitMethod = method
      return state.signals == signals
    }
  }

  /// Takes no event any more and wakes nothing after this.
  func end() {
    state.withLock { state in
      state.isEnded = true
      state.copies = [:]
    }
  }
}

extension WindowSink.State {
  fileprivate var signals: WindowSink.Signals {
    WindowSink.Signals(hasChanges: hasChanges, isFinished: isFinished, isStopped: isStopped)
  }
}

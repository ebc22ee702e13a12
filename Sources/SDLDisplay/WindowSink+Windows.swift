import Display
private import Synchronization

/// The windows' side, called on their thread.
extension WindowSink {
  /// What the windows have to know before they sleep.
  struct Orders: Equatable {
    var hasNews: Bool
    var isFinished: Bool
    var isStopped: Bool
  }

  /// What is asked of the windows now.
  var orders: Orders {
    state.withLock { $0.orders }
  }

  /// Takes the news: the scanouts that are on, in order. What comes after this wakes the windows again.
  func takeNews() -> [ScanoutID] {
    state.withLock { state in
      state.hasNews = false
      return state.screens.filter { $0.value.shadow != nil }.keys.sorted()
    }
  }

  /// The size of what a scanout shows; nil: it is off.
  func size(of scanout: ScanoutID) -> Size? {
    state.withLock { $0.screens[scanout]?.shadow?.size }
  }

  /// Lends the screen of a scanout. The device's thread waits meanwhile, so only pixels are copied in here; nothing is
  /// drawn.
  func withScreen(_ scanout: ScanoutID, _ body: (inout Screen) -> Void) {
    state.withLock { state in
      body(&state.screens[scanout, default: Screen()])
    }
  }

  /// Takes nothing of this scanout any more.
  func close(_ scanout: ScanoutID) {
    state.withLock { state in
      state.closed.insert(scanout)
      state.screens[scanout] = nil
    }
  }

  /// Says where the windows' thread sleeps from now on. False when there is something new, whose waking may have gone to
  /// the bed of before.
  func prepareSleep(in bed: Waker.Bed, knowing orders: Orders) -> Bool {
    state.withLock { state in
      state.bed = bed
      return state.orders == orders
    }
  }

  /// Takes nothing any more; nobody wakes the windows' thread after this.
  func end() {
    state.withLock { state in
      state.isEnded = true
      state.screens = [:]
    }
  }
}

extension WindowSink.State {
  fileprivate var orders: WindowSink.Orders {
    WindowSink.Orders(hasNews: hasNews, isFinished: isFinished, isStopped: isStopped)
  }
}

internal import ControlSocket
internal import Display
internal import DisplaySocket
internal import LinuxIO
internal import Logging
internal import Synchronization

/// Displays that users have attached to a running device: each gets its frames over a display socket of its own.
///
/// A display that stalls, dies or leaves costs its sink and nothing else. Everything is called on the device's thread.
final class AttachedDisplays {
  /// The most displays at a time. Each has a thread, and at the end of the device a second for its last frame.
  static let most = 8

  private let source: DisplaySource
  private let name: String
  private let log: Logger
  private let count = Count()

  /// How many there are, for the sinks' threads.
  private final class Count: Sendable {
    let value = Atomic<Int>(0)
  }

  /// The sink of one display until its end. That may come before the sink is stored.
  private final class Slot: Sendable {
    private let state = Mutex<(sink: DisplaySocketSink?, isOver: Bool)>((nil, false))

    /// Stores the sink; false when it has ended.
    func set(_ sink: DisplaySocketSink) -> Bool {
      state.withLock { state in
        if !state.isOver { state.sink = sink }
        return !state.isOver
      }
    }

    /// The sink, once.
    func end() -> DisplaySocketSink? {
      state.withLock { state in
        defer { state = (nil, true) }
        return state.sink
      }
    }
  }

  /// Displays of the frames of `source`, whose titles begin with `name`.
  init(_ source: DisplaySource, name: String, log: Logger) {
    self.source = source
    self.name = name
    self.log = log
  }

  /// Attaches a display. It gets the present state first; the descriptor is its end of the display socket.
  func attach() throws -> Descriptor {
    guard count.value.load(ordering: .relaxed) < Self.most else {
      throw Refusal(description: "\(Self.most) displays are attached, which is the most: close one of them")
    }
    let (near, far) = try UnixSocket.makePair()
    let (slot, mailbox, log, count) = (Slot(), source.mailbox, log, count)
    var options = DisplaySocketSink.Options()
    options.name = name
    options.features = .surfaces
    options.onEnd = { end in
      count.value.subtract(1, ordering: .relaxed)
      if let sink = slot.end() { mailbox.remove(sink) }
      switch end {
      case .closed: log.info("a display was detached")
      case .finished, .stopped: break
      case .invalidReply, .failed: log.warning("a display was detached: \(end)")
      }
    }
    count.value.add(1, ordering: .relaxed)
    let sink: DisplaySocketSink
    do {
      sink = try DisplaySocketSink(near.descriptor, options: options)
    } catch {
      count.value.subtract(1, ordering: .relaxed)
      throw error
    }
    if slot.set(sink) { try source.add(sink, named: "attached display", policy: .optional) }
    log.info("a display was attached")
    return far.descriptor
  }

  private struct Refusal: Error, CustomStringConvertible {
    let description: String
  }
}

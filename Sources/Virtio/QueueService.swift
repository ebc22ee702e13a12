public import LinuxIO
public import Virtqueue

/// Serves one queue of a device: takes requests in bounded turns, gives them back, and notifies the driver.
///
/// A transport owns one for each queue. It runs while it has a ring (``run(_:memory:features:)``). Used from one thread.
public final class QueueService {
  /// Why a turn ended.
  public enum Turn: Sendable {
    /// No request is left. The driver was asked to notify us of the next one.
    case finished
    /// The turn had its share of requests or of time: another turn is due.
    case unfinished
    /// The device accepts no request now: a turn is due when it calls ``VirtioDevice/onAcceptingRequests``.
    case held
  }

  /// The most requests of a turn: then other queues and the front end get their turn.
  private static let requestsPerTurn = 64
  /// After how many nanoseconds no more requests are taken: one request can have us copy all the pixels that a guest has.
  private static let longestTurn: UInt64 = 10_000_000

  /// The index of the queue.
  public let index: Int
  /// The index in the available ring of the request that is taken next, while the queue does not run.
  public var base: UInt16 = 0
  /// Notifies the driver; nil: the driver looks for itself.
  public var call: EventCounter?
  /// True while requests wait because the device did not accept them in the last turn.
  public private(set) var isHeld = false
  /// True after a fault of the ring. The queue is left alone until it is stopped and started again.
  public private(set) var isBroken = false

  /// Changes whenever requests that the device has are forgotten.
  private(set) var generation: UInt64 = 0
  private var queue: Virtqueue?
  private var size = 0
  /// How many requests the device has. An honest driver has descriptors for no more than the ring has entries.
  private var outstanding = 0
  private var isServing = false
  /// Requests that were completed while the queue had no ring.
  private var owed: [(head: UInt16, written: UInt32)] = []

  /// A queue that does not run.
  public init(index: Int) {
    self.index = index
  }

  /// True while the queue has a ring.
  public var isRunning: Bool { queue != nil }

  /// Starts or continues at ``base``, with the ring at `layout`. Requests that were completed in the meantime are given
  /// back. Does nothing while the queue runs.
  public func run(
    _ layout: VirtqueueLayout, memory: GuestMemory, features: VirtqueueFeatures
  ) throws(VirtqueueError) {
    guard queue == nil, !isBroken else { return }
    queue = try Virtqueue(layout: layout, memory: memory, features: features, nextAvailable: base)
    size = Int(layout.size)
    giveBackOwed()
  }

  /// Releases the ring, because memory is about to change. Requests of the device stay valid.
  public func pause() {
    guard let queue else { return }
    base = queue.nextAvailable
    self.queue = nil
  }

  /// Stops the queue, and forgets the requests of the device.
  public func stop() {
    pause()
    generation &+= 1
    outstanding = 0
    owed = []
    isBroken = false
    isHeld = false
  }

  /// Hands waiting requests to the device, a bounded number, and notifies the driver once. A `VirtqueueError` says that the
  /// ring is broken; any other error is the device's. `malformed` gets the reason for each request that was given back
  /// unread.
  public func serve(_ device: any VirtioDevice, malformed: (String) -> Void) throws -> Turn {
    guard let queue, !isBroken, !isServing else { return .finished }
    isServing = true
    defer { isServing = false }
    isHeld = false
    var left = Self.requestsPerTurn
    let end = Alarm.now + Self.longestTurn
    do {
      repeat {
        while left > 0, self.queue === queue {
          guard device.acceptsRequests(on: index) else {
            isHeld = true
            break
          }
          guard let taken = try queue.take() else { break }
          left -= 1
          switch taken {
          case .malformed(let reason): malformed(reason)
          case .request(let chain):
            try count()
            try device.process(VirtioRequest(chain: chain, service: self))
          }
          if Alarm.now >= end { left = 0 }
        }
        // A look that finds nothing counts as well: a driver may move its index back and forth.
        left -= 1
      } while left > 0 && !isHeld && self.queue === queue && queue.askForKick()
    } catch let error as VirtqueueError {
      isBroken = true
      throw error
    }
    guard self.queue === queue else { return .finished }
    notify()
    if isHeld { return .held }
    return left <= 0 ? .unfinished : .finished
  }

  /// Gives a request back, unless requests were forgotten since it was taken.
  func complete(_ head: UInt16, written: UInt32, generation: UInt64) {
    guard generation == self.generation, !isBroken else { return }
    outstanding = max(0, outstanding - 1)
    guard let queue else {
      owed.append((head, written))
      return
    }
    queue.give(back: head, written: written)
    if !isServing { notify() }
  }

  /// Notifies the driver, if it wants that.
  private func notify() {
    if let queue, queue.needsNotification() { call?.signal() }
  }

  private func count() throws(VirtqueueError) {
    guard outstanding < size else { throw .tooManyOutstanding(size: size) }
    outstanding += 1
  }

  private func giveBackOwed() {
    guard !owed.isEmpty else { return }
    for (head, written) in owed { queue?.give(back: head, written: written) }
    owed = []
    notify()
  }
}

internal import LinuxIO
internal import Virtqueue

/// One queue of a session: what the front end has said of it so far, and the virtqueue made of that while it runs.
///
/// It runs while it is started (a kick was set since it last stopped), enabled, and found in memory.
final class Ring {
  /// The most requests that are taken before other rings and the front end get their turn.
  private static let requestsPerTurn = 64
  /// After how many nanoseconds no more are taken: one request can have us copy all the pixels that a guest may have.
  private static let longestTurn: UInt64 = 10_000_000

  let index: Int
  private(set) var generation: UInt64 = 0

  // What the front end said.
  var size: UInt16 = 0
  var address: VringAddress?
  var base: UInt16 = 0
  var isStarted = false
  var isEnabled = false
  var kick: EventCounter?
  var call: EventCounter?
  var error: EventCounter?

  // How it is served.
  var watch: EventLoop.Registration?
  var isDue = false

  // What became of it.
  private(set) var queue: Virtqueue?
  /// A ring that made no sense is left alone until the front end sets it up anew.
  private(set) var isBroken = false
  /// Requests with the device, which is never more than an honest driver has descriptors for.
  private(set) var outstanding = 0
  private var isDraining = false
  /// Requests that were completed while no memory held the ring.
  private var owed: [(head: UInt16, written: UInt32)] = []

  init(index: Int) {
    self.index = index
  }

  /// Looks the ring up in memory, if it is not there yet.
  func resolve(in memory: GuestMemory, features: VirtqueueFeatures) throws(RingFault) {
    guard queue == nil, !isBroken else { return }
    guard let address, size > 0 else { throw RingFault(reason: "it was started before its size and place were set") }
    do {
      let table = VirtqueueLayout(size: size, descriptorTable: 0, availableRing: 0, usedRing: 0)
      let layout = VirtqueueLayout(
        size: size,
        descriptorTable: try memory.guestAddress(
          ofUser: address.descriptorTable, count: table.descriptorTableCount),
        availableRing: try memory.guestAddress(ofUser: address.availableRing, count: table.availableRingCount),
        usedRing: try memory.guestAddress(ofUser: address.usedRing, count: table.usedRingCount))
      queue = try Virtqueue(layout: layout, memory: memory, features: features, nextAvailable: base)
    } catch {
      throw RingFault(reason: "\(error)")
    }
    payWhatIsOwed()
  }

  /// Forgets where the ring lies, not how far it got: memory is about to change.
  func unresolve() {
    guard let queue else { return }
    base = queue.nextAvailable
    self.queue = nil
  }

  /// Stops the ring. Requests that the device still holds are forgotten.
  func stop() {
    unresolve()
    generation &+= 1
    outstanding = 0
    owed = []
    isStarted = false
    isBroken = false
    kick = nil
  }

  /// Takes requests, a bounded number, hands each to `process`, and tells the driver once.
  ///
  /// True when there may be more: the bound keeps a driver that never pauses from keeping the thread.
  func drain(
    malformed: (String) -> Void, process: (VirtioRequest) -> Void
  ) throws(RingFault) -> Bool {
    guard let queue, !isBroken, !isDraining else { return false }
    isDraining = true
    defer { isDraining = false }
    var left = Self.requestsPerTurn
    let end = Alarm.now + Self.longestTurn
    do {
      repeat {
        while left > 0, self.queue === queue, let taken = try queue.take() {
          left -= 1
          switch taken {
          case .malformed(let reason): malformed(reason)
          case .request(let chain):
            try count()
            process(VirtioRequest(chain: chain, ring: self))
          }
          if Alarm.now >= end { left = 0 }
        }
        // A look that finds nothing counts as well: a driver may move its index to and fro.
        left -= 1
      } while left > 0 && self.queue === queue && queue.askForKick()
    } catch {
      isBroken = true
      throw RingFault(reason: "\(error)")
    }
    if self.queue === queue { notify() }
    return left <= 0
  }

  /// Gives a request back, unless the ring has been stopped since it was taken.
  func complete(_ head: UInt16, written: UInt32, generation: UInt64) {
    guard generation == self.generation, !isBroken else { return }
    outstanding = max(0, outstanding - 1)
    guard let queue else {
      owed.append((head, written))
      return
    }
    queue.give(back: head, written: written)
    if !isDraining { notify() }
  }

  /// Tells the driver, if it wants to hear.
  private func notify() {
    if let queue, queue.needsNotification() { call?.signal() }
  }

  private func count() throws(RingFault) {
    guard outstanding < Int(size) else {
      throw RingFault(reason: "more requests are outstanding than the \(size) that it has room for")
    }
    outstanding += 1
  }

  private func payWhatIsOwed() {
    for (head, written) in owed { queue?.give(back: head, written: written) }
    if !owed.isEmpty { notify() }
    owed = []
  }
}

/// Why a ring does not run. The session goes on, and so do its other rings.
struct RingFault: Error, CustomStringConvertible {
  let reason: String

  var description: String { reason }
}

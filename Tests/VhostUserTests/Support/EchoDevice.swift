import LinuxIO
import Synchronization
import VhostUser
import Virtio
import Virtqueue

/// Journal of the calls of a device, in order; readable from the thread of the test.
final class Journal: Sendable {
  private let entries = Mutex<[String]>([])

  func write(_ entry: String) {
    entries.withLock { $0.append(entry) }
  }

  /// Everything that was written since this was last called.
  func take() -> [String] {
    entries.withLock { entries in
      defer { entries = [] }
      return entries
    }
  }
}

/// The smallest real device: it responds to every request with its bytes in reverse order.
final class EchoDevice: VirtioDevice {
  let journal: Journal
  let deviceID: UInt32 = 42
  let offeredFeatures: UInt64 = 0b10
  let queueCount = 2
  var sharedMemoryRegions: [UInt8: UInt64] = [:]
  private(set) var configuration: [UInt8] = Array(1...16)
  private(set) var memory = GuestMemory.none
  /// Requests wait for ``respondToHeld()`` instead of being responded to at once.
  var holds = false
  /// Held requests are responded to when their queue stops.
  var respondsWhenStopped = false
  private(set) var held: [VirtioRequest] = []
  /// False: requests are to wait in their rings.
  var accepts = true {
    didSet { if accepts, !oldValue { onAcceptingRequests() } }
  }
  var onAcceptingRequests: () -> Void = {}
  /// Memory changes and resets wait for ``completeNext()``.
  var completesLater = false
  private(set) var completions: [() -> Void] = []
  /// Thrown instead of processing a request.
  var failure: (any Error)?
  /// Called in the middle of each request.
  var interruption: () -> Void = {}
  /// Called when a request waits.
  var afterHolding: () -> Void = {}
  /// Called in the middle of each reset.
  var goodbye: () -> Void = {}

  init(journal: Journal = Journal()) {
    self.journal = journal
  }

  func writeConfiguration(_ bytes: [UInt8], at offset: Int) {
    configuration.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    journal.write("config \(offset) \(bytes)")
  }

  func acknowledge(features: UInt64) {
    journal.write("features \(String(features, radix: 16))")
  }

  func memoryChanged(_ memory: GuestMemory, completion: @escaping () -> Void) {
    self.memory = memory
    journal.write("memory \(memory.regions.count)")
    complete(completion)
  }

  func acceptsRequests(on queue: Int) -> Bool { accepts }

  func process(_ request: VirtioRequest) throws {
    if let failure { throw failure }
    interruption()
    guard holds else { return respond(to: request) }
    held.append(request)
    afterHolding()
  }

  func queueStopped(_ queue: Int) {
    journal.write("stopped \(queue)")
    if respondsWhenStopped { respondToHeld() }
  }

  func reset(completion: @escaping () -> Void) {
    held = []
    goodbye()
    journal.write("reset")
    complete(completion)
  }

  private func complete(_ completion: @escaping () -> Void) {
    if completesLater { completions.append(completion) } else { completion() }
  }

  /// Completes the oldest memory change or reset that waits.
  func completeNext() {
    completions.removeFirst()()
  }

  func respondToHeld() {
    for request in held { respond(to: request) }
    held = []
  }

  private func respond(to request: VirtioRequest) {
    do {
      let words = try request.chain.read(limit: 4096)
      request.complete(written: try request.chain.write(words.reversed()))
    } catch {
      journal.write("queue \(request.queue): \(error)")
      request.complete(written: 0)
    }
  }
}

internal import GuestDriver
internal import LinuxIO
internal import VhostUser
internal import VirtioGPU

/// Link of a case's guest to the back end, which waits no longer than the case may take.
final class CaseLink: DeviceLink {
  let features: UInt64
  let frontEnd: FrontEnd
  private let deadline: ContinuousClock.Instant
  private(set) var events: [FrontEnd.QueueEvents] = []
  private var bases: [UInt16] = []

  /// A link over a connection whose features were negotiated.
  init(_ frontEnd: FrontEnd, features: UInt64, deadline: ContinuousClock.Instant) {
    self.frontEnd = frontEnd
    self.features = features
    self.deadline = deadline
  }

  func start(control: DriverQueue, cursor: DriverQueue) throws {
    events = [try frontEnd.startQueue(0, layout: control.layout), try frontEnd.startQueue(1, layout: cursor.layout)]
  }

  func kick(_ queue: Int) {
    if events.indices.contains(queue) { events[queue].kick.signal() }
  }

  /// Signals the queue's kick, and waits until the back end has taken it, no longer than `time`: what it does then comes
  /// before its next reply.
  func kickUntilTaken(_ queue: Int, within time: Duration) throws {
    guard events.indices.contains(queue) else { return }
    let kick = events[queue].kick.descriptor
    // The highest count that an eventfd has: nothing can be added to it, so it is writable once it was taken.
    do { try kick.write([0xfe] + [UInt8](repeating: 0xff, count: 7)) } catch { return self.kick(queue) }
    let milliseconds = min(time / .milliseconds(1), 86_400_000)
    _ = try kick.wait(for: .writable, timeoutMilliseconds: Int32(max(0, milliseconds)))
  }

  func wait(_ queue: Int) throws {
    guard events.indices.contains(queue), try frontEnd.wait(for: events[queue].call, within: .seconds(86400)) else {
      throw CaseStop.hung("a response on queue \(queue)")
    }
  }

  /// Waits for the queue's call so long; false: none came.
  func hasCall(_ queue: Int, within time: Duration) throws -> Bool {
    guard events.indices.contains(queue) else { return false }
    return try frontEnd.wait(for: events[queue].call, within: time)
  }

  func configuration(count: Int) throws -> [UInt8] {
    try frontEnd.readConfiguration(at: 0, count: count)
  }

  func writeConfiguration(_ bytes: [UInt8], at offset: Int) throws {
    try frontEnd.writeConfiguration(bytes, at: offset)
  }

  /// Stops both queues where they are, as a virtual machine does that is paused.
  func pause() throws {
    bases = try events.indices.map { try frontEnd.stopQueue($0) }
    events = []
  }

  /// Lets both queues go on from where they were.
  func resume(control: DriverQueue, cursor: DriverQueue) throws {
    events = try zip([control, cursor], bases).enumerated().map { index, queue in
      try frontEnd.startQueue(index, layout: queue.0.layout, base: queue.1)
    }
  }

  /// Stops the queues and resets the device, in the way that the back end offers.
  func reset() throws {
    try pause()
    if frontEnd.protocolFeatures.contains(.resetDevice) {
      try frontEnd.resetDevice()
    } else if frontEnd.protocolFeatures.contains(.status) {
      try frontEnd.setStatus(0)
    }
    try frontEnd.acknowledge(features: features | frontEnd.features)
  }
}

/// The event of changed outputs: its bit in the configuration space, and when the driver is notified.
///
/// Changes that come before the driver has looked at any of the former ones are one event. A driver asks for EDIDs
/// and display information one after the other, and clears the event when it likes, so a change that comes after its
/// first question outlives the next clearing: no change is ever cleared unseen.
struct OutputChanges {
  /// True while `VIRTIO_GPU_EVENT_DISPLAY` is set in `events_read`.
  private(set) var isPending = false
  /// True when the driver has asked since it was notified last.
  private var wasRead = false
  /// True when something changed after it had asked, while the event was set.
  private var isLate = false

  /// Something changed. True when the driver is to be notified.
  mutating func change() -> Bool {
    guard !isPending || wasRead else { return false }
    // The driver may be about to clear what it knows already.
    isLate = isPending
    isPending = true
    wasRead = false
    return true
  }

  /// The driver is told what is plugged in.
  mutating func read() {
    wasRead = true
  }

  /// The driver clears the event. True when it stays set, and the driver is to be notified again.
  mutating func clear() -> Bool {
    defer { isLate = false }
    isPending = isLate
    return isLate
  }
}

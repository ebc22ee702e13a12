/// State of the event `VIRTIO_GPU_EVENT_DISPLAY`: whether it is set in the configuration space, and when the driver is
/// notified.
///
/// Changes before the driver's next GET_DISPLAY_INFO or GET_EDID are one event. A driver reads display info, then
/// EDIDs, and writes `events_clear` at any time. A change after its first read keeps the event set through the next
/// `events_clear`, so no change is cleared before the driver has read it.
struct OutputChanges {
  /// True while `VIRTIO_GPU_EVENT_DISPLAY` is set in `events_read`.
  private(set) var isPending = false
  /// True when the driver has read display info or an EDID since its last notification.
  private var wasRead = false
  /// True when an output changed after the driver had read, while the event was set.
  private var isLate = false

  /// Records a change of an output. True when the driver is to be notified.
  mutating func change() -> Bool {
    guard !isPending || wasRead else { return false }
    // The driver may be about to clear the event for the changes that it has read.
    isLate = isPending
    isPending = true
    wasRead = false
    return true
  }

  /// Records that the driver reads display info or an EDID.
  mutating func read() {
    wasRead = true
  }

  /// Clears the event for the driver. True when it stays set, and the driver is to be notified again.
  mutating func clear() -> Bool {
    defer { isLate = false }
    isPending = isLate
    return isLate
  }
}

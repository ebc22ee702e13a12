/// Where a split virtqueue lies in guest memory (specification, "Split Virtqueues").
public struct VirtqueueLayout: Equatable, Sendable {
  /// Descriptors in the table: a power of two, at most 32768.
  public let size: UInt16
  /// The descriptor table, guest-physical; a multiple of 16.
  public let descriptorTable: UInt64
  /// The available ring, guest-physical; a multiple of 2.
  public let availableRing: UInt64
  /// The used ring, guest-physical; a multiple of 4.
  public let usedRing: UInt64

  /// A layout, unchecked: ``Virtqueue`` judges it.
  public init(size: UInt16, descriptorTable: UInt64, availableRing: UInt64, usedRing: UInt64) {
    self.size = size
    self.descriptorTable = descriptorTable
    self.availableRing = availableRing
    self.usedRing = usedRing
  }

  /// Bytes of the descriptor table.
  public var descriptorTableCount: UInt64 { 16 * UInt64(size) }
  /// Bytes of the available ring: flags, index, entries, `used_event`.
  public var availableRingCount: UInt64 { 6 + 2 * UInt64(size) }
  /// Bytes of the used ring: flags, index, entries, `avail_event`.
  public var usedRingCount: UInt64 { 6 + 8 * UInt64(size) }

  /// True when the size and the alignments are ones that the specification allows.
  public var isValid: Bool {
    size > 0 && size <= 32768 && size & (size - 1) == 0 && descriptorTable % 16 == 0 && availableRing % 2 == 0
      && usedRing % 4 == 0
  }
}

/// What device and driver agreed on for their rings.
public struct VirtqueueFeatures: Equatable, Sendable {
  /// Chains may lie in tables of their own (`VIRTIO_F_INDIRECT_DESC`, bit 28).
  public var indirectDescriptors: Bool
  /// Each side says at which index it wants a notification (`VIRTIO_F_EVENT_IDX`, bit 29).
  public var eventIndex: Bool

  /// The two features that change how rings are used.
  public init(indirectDescriptors: Bool = false, eventIndex: Bool = false) {
    self.indirectDescriptors = indirectDescriptors
    self.eventIndex = eventIndex
  }

  /// Reads them out of the feature bits that were acknowledged, whatever had been offered: QEMU acknowledges both even
  /// when the device offers neither.
  public init(acknowledged bits: UInt64) {
    self.init(indirectDescriptors: bits & (1 << 28) != 0, eventIndex: bits & (1 << 29) != 0)
  }
}

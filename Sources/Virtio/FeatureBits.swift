/// The feature bits of rings and transports (virtio specification, "Reserved Feature Bits").
public enum FeatureBits {
  /// A request may lie in a descriptor table of its own (`VIRTIO_F_INDIRECT_DESC`).
  public static let indirectDescriptors: UInt64 = 1 << 28
  /// Each side says at which index it wants to be notified (`VIRTIO_F_EVENT_IDX`).
  public static let eventIndex: UInt64 = 1 << 29
  /// The device follows the specification since 1.0 (`VIRTIO_F_VERSION_1`).
  public static let version1: UInt64 = 1 << 32
  /// Addresses go through an IOMMU (`VIRTIO_F_ACCESS_PLATFORM`).
  public static let accessPlatform: UInt64 = 1 << 33
  /// Packed rings (`VIRTIO_F_RING_PACKED`).
  public static let packedRing: UInt64 = 1 << 34

  /// What every transport offers beside the features of its device.
  public static let ringFeatures = indirectDescriptors | eventIndex | version1
}

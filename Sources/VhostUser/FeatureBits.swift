/// The feature bits that belong to rings and transport rather than to a type of device.
///
/// The names follow the virtio specification, "Reserved Feature Bits", and the vhost-user document.
public enum FeatureBits {
  /// Chains may lie in tables of their own (`VIRTIO_F_INDIRECT_DESC`).
  public static let indirectDescriptors: UInt64 = 1 << 28
  /// Each side says from which index on it wants to hear (`VIRTIO_F_EVENT_IDX`).
  public static let eventIndex: UInt64 = 1 << 29
  /// vhost-user's own features can be negotiated (`VHOST_USER_F_PROTOCOL_FEATURES`).
  public static let protocolFeatures: UInt64 = 1 << 30
  /// The device follows the specification since 1.0 (`VIRTIO_F_VERSION_1`).
  public static let version1: UInt64 = 1 << 32
  /// Addresses go through an IOMMU (`VIRTIO_F_ACCESS_PLATFORM`).
  public static let accessPlatform: UInt64 = 1 << 33
  /// Packed rings (`VIRTIO_F_RING_PACKED`).
  public static let packedRing: UInt64 = 1 << 34
  /// What every back end of this module offers beside its device's own bits.
  static let offered = indirectDescriptors | eventIndex | protocolFeatures | version1

  /// What cannot be honoured when a front end acknowledges it unasked: QEMU passes on these bits whatever was offered.
  static let unusable = accessPlatform | packedRing
}

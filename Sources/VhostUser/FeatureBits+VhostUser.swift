public import Virtio

extension FeatureBits {
  /// vhost-user's own features can be negotiated (`VHOST_USER_F_PROTOCOL_FEATURES`).
  public static let protocolFeatures: UInt64 = 1 << 30

  /// What every back end offers beside the features of its device.
  static let backEndFeatures = ringFeatures | protocolFeatures

  /// What cannot be honoured when a front end acknowledges it: QEMU passes on these bits whatever was offered.
  static let unusable = accessPlatform | packedRing
}

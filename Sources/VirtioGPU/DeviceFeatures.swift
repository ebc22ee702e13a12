/// The feature bits of virtio-gpu (specification, "GPU Device / Feature bits").
public struct DeviceFeatures: OptionSet, Sendable {
  /// The bits as they are negotiated.
  public let rawValue: UInt64

  /// Features by their bits.
  public init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// GET_EDID is there. The specification calls this `VIRTIO_GPU_F_EDID`.
  public static let edid = DeviceFeatures(rawValue: 1 << 1)

  /// What this device can do.
  public static let supported: DeviceFeatures = [.edid]
}

/// The feature bits of virtio-gpu (specification, "GPU Device / Feature bits").
public struct DeviceFeatures: OptionSet, Hashable, Sendable {
  /// The bits as they are negotiated.
  public let rawValue: UInt64

  /// Features by their bits.
  public init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// Contexts, and whatever is drawn in them. The specification calls this `VIRTIO_GPU_F_VIRGL`.
  public static let virgl = DeviceFeatures(rawValue: 1 << 0)
  /// GET_EDID is there. The specification calls this `VIRTIO_GPU_F_EDID`.
  public static let edid = DeviceFeatures(rawValue: 1 << 1)
  /// RESOURCE_ASSIGN_UUID is there. The specification calls this `VIRTIO_GPU_F_RESOURCE_UUID`.
  public static let resourceUUID = DeviceFeatures(rawValue: 1 << 2)
  /// Resources may be runs of bytes. The specification calls this `VIRTIO_GPU_F_RESOURCE_BLOB`.
  public static let resourceBlob = DeviceFeatures(rawValue: 1 << 3)
  /// Contexts say which capability set they follow, and have rings of fences. The specification calls this
  /// `VIRTIO_GPU_F_CONTEXT_INIT`.
  public static let contextInit = DeviceFeatures(rawValue: 1 << 4)
  /// Blobs come in multiples of a size that the configuration space states. The specification calls this
  /// `VIRTIO_GPU_F_BLOB_ALIGNMENT`.
  public static let blobAlignment = DeviceFeatures(rawValue: 1 << 5)

  /// Each feature by the name that people use for it.
  public static let names: [(name: String, feature: DeviceFeatures)] = [
    ("virgl", .virgl), ("edid", .edid), ("resource-uuid", .resourceUUID), ("resource-blob", .resourceBlob),
    ("context-init", .contextInit), ("blob-alignment", .blobAlignment),
  ]

  /// The names of those that are there, by their bits.
  public var names: [String] { Self.names.filter { contains($0.feature) }.map(\.name) }

  /// What a device can do without a renderer.
  public static let flat: DeviceFeatures = [.edid, .resourceUUID, .resourceBlob, .blobAlignment]
  /// All that there are.
  public static let all: DeviceFeatures = [.flat, .virgl, .contextInit]

  /// The features with what they ask for themselves: contexts have no kinds without contexts, nor blobs a size without blobs.
  public var consistent: DeviceFeatures {
    var features = self
    if !features.contains(.virgl) { features.remove(.contextInit) }
    if !features.contains(.resourceBlob) { features.remove(.blobAlignment) }
    return features
  }
}

extension DeviceFeatures: CustomStringConvertible {
  /// The names, as on the command line; bits of others are left out.
  public var description: String { names.isEmpty ? "none" : names.joined(separator: ",") }
}

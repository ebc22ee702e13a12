/// The feature bits of virtio-gpu (specification, "GPU Device / Feature bits").
public struct DeviceFeatures: OptionSet, Hashable, Sendable {
  /// Feature bits as they are negotiated.
  public let rawValue: UInt64

  /// Makes a set of features from its bits.
  public init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// Contexts and 3D commands (`VIRTIO_GPU_F_VIRGL`).
  public static let virgl = DeviceFeatures(rawValue: 1 << 0)
  /// GET_EDID (`VIRTIO_GPU_F_EDID`).
  public static let edid = DeviceFeatures(rawValue: 1 << 1)
  /// RESOURCE_ASSIGN_UUID (`VIRTIO_GPU_F_RESOURCE_UUID`).
  public static let resourceUUID = DeviceFeatures(rawValue: 1 << 2)
  /// Blob resources (`VIRTIO_GPU_F_RESOURCE_BLOB`).
  public static let resourceBlob = DeviceFeatures(rawValue: 1 << 3)
  /// Contexts with a capability set and several timelines of fences (`VIRTIO_GPU_F_CONTEXT_INIT`).
  public static let contextInit = DeviceFeatures(rawValue: 1 << 4)
  /// Blob sizes are multiples of the `blob_alignment` in the configuration space (`VIRTIO_GPU_F_BLOB_ALIGNMENT`).
  public static let blobAlignment = DeviceFeatures(rawValue: 1 << 5)

  /// Each feature with its name on the command line.
  public static let names: [(name: String, feature: DeviceFeatures)] = [
    ("virgl", .virgl), ("edid", .edid), ("resource-uuid", .resourceUUID), ("resource-blob", .resourceBlob),
    ("context-init", .contextInit), ("blob-alignment", .blobAlignment),
  ]

  /// The names of the features in this set, in the order of their bits.
  public var names: [String] { Self.names.filter { contains($0.feature) }.map(\.name) }

  /// Features of a device without a renderer, which executes 2D commands only.
  public static let flat: DeviceFeatures = [.edid, .resourceUUID, .resourceBlob, .blobAlignment]
  /// All features of the specification.
  public static let all: DeviceFeatures = [.flat, .virgl, .contextInit]

  /// This set without features that need an absent one: CONTEXT_INIT needs VIRGL, BLOB_ALIGNMENT needs RESOURCE_BLOB.
  public var consistent: DeviceFeatures {
    var features = self
    if !features.contains(.virgl) { features.remove(.contextInit) }
    if !features.contains(.resourceBlob) { features.remove(.blobAlignment) }
    return features
  }
}

extension DeviceFeatures: CustomStringConvertible {
  /// The names, as on the command line; unknown bits are left out.
  public var description: String { names.isEmpty ? "none" : names.joined(separator: ",") }
}

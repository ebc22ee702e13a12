/// A set of abilities that guests ask for by its id (specification: "capset").
public struct Capset: Equatable, Sendable {
  /// The id of virgl, whose contexts carry OpenGL (specification: `VIRTIO_GPU_CAPSET_VIRGL`).
  public static let virgl: UInt32 = 1
  /// The id of the newer virgl (specification: `VIRTIO_GPU_CAPSET_VIRGL2`).
  public static let virgl2: UInt32 = 2
  /// The id of venus, whose contexts carry Vulkan (specification: `VIRTIO_GPU_CAPSET_VENUS`).
  public static let venus: UInt32 = 4

  /// Which set (specification: `VIRTIO_GPU_CAPSET_…`): 1 virgl, 2 virgl2, 4 venus.
  public let id: UInt32
  /// The newest version.
  public let version: UInt32
  /// Its data, as long as that of any version.
  public let data: [UInt8]

  /// A set.
  public init(id: UInt32, version: UInt32, data: [UInt8]) {
    self.id = id
    self.version = version
    self.data = data
  }

  /// Its usual name.
  public var name: String {
    switch id {
    case Self.virgl: "virgl"
    case Self.virgl2: "virgl2"
    case Self.venus: "venus"
    case 5: "cross-domain"
    default: "capset \(id)"
    }
  }
}

/// A set of abilities that guests ask for by its id (specification: "capset").
public struct Capset: Equatable, Sendable {
  /// The id of venus, whose contexts carry Vulkan.
  public static let venus: UInt32 = 4

  /// Which set (specification: `VIRTIO_GPU_CAPSET_…`): 1 virgl, 2 virgl2, 4 venus.
  public let id: UInt32
  /// The newest version.
  public let version: UInt32
  /// What it says, as long as any version of it is.
  public let data: [UInt8]

  /// A set.
  public init(id: UInt32, version: UInt32, data: [UInt8]) {
    self.id = id
    self.version = version
    self.data = data
  }

  /// What people call it.
  public var name: String {
    switch id {
    case 1: "virgl"
    case 2: "virgl2"
    case 4: "venus"
    case 5: "cross-domain"
    default: "capset \(id)"
    }
  }
}

/// Protocol features of a display socket (QEMU, "Vhost-user-gpu Protocol", `VHOST_USER_GPU_PROTOCOL_F_…`).
public struct DisplayFeatures: OptionSet, Hashable, Sendable {
  public let rawValue: UInt64

  public init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// The back end may ask for EDIDs (GET_EDID).
  public static let edid = DisplayFeatures(rawValue: 1 << 0)
  /// The back end may name the modifier of a dma-buf (DMABUF_SCANOUT2).
  public static let modifiers = DisplayFeatures(rawValue: 1 << 1)
  /// Messages of Scanout's own, in both directions: ``DisplaySocketRequest/surface`` and those after it.
  ///
  /// A front end of this project's own offers it. QEMU and its back ends never see it.
  public static let surfaces = DisplayFeatures(rawValue: 1 << 62)
}

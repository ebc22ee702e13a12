/// Request of a sink to its source, about one scanout.
///
/// | request | virtio-gpu |
/// |---|---|
/// | `resize` | configuration event, GET_DISPLAY_INFO, GET_EDID |
public enum DisplayRequest: Equatable, Sendable {
  /// Show frames of this size, in pixels: the user made the window that large. A guest may take its time for it, choose
  /// another size, or do nothing.
  case resize(Size)
}

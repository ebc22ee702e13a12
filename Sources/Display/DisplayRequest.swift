/// What whoever looks at a scanout asks of its source.
///
/// | request | virtio-gpu |
/// |---|---|
/// | `resize` | configuration event, GET_DISPLAY_INFO, GET_EDID |
public enum DisplayRequest: Equatable, Sendable {
  /// Show a picture of this size, in pixels, if you can: the user made the window that large. A guest may take its time
  /// for it, choose another size, or do nothing.
  case resize(Size)
}

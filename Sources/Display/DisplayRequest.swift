/// Request of a sink to its source, about one scanout.
///
/// | request | virtio-gpu |
/// |---|---|
/// | `resize` | configuration event, GET_DISPLAY_INFO, GET_EDID |
/// | `input` | none: virtio-input devices beside the GPU |
/// | `presented`, `close` | none: sources of today do nothing |
public enum DisplayRequest: Equatable, Sendable {
  /// Show frames of this size, in pixels: the user made the window that large. A guest may take its time for it, choose
  /// another size, or do nothing.
  case resize(Size)
  /// The user did something with a keyboard, a pointing device or a touch screen.
  case input(InputEvent)
  /// The frame of this number is on the display, and maybe later ones are.
  case presented(UInt64)
  /// The user closed the window of the scanout.
  case close
}

/// The number of a scanout of a source, counted from 0. virtio-gpu has at most 16.
public typealias ScanoutID = Int

/// Time of an event on the source's own clock. A replay repeats the recorded times; sinks never read the wall clock.
public struct DisplayTime: Hashable, Comparable, Sendable {
  /// Nanoseconds since the source started.
  public var nanoseconds: UInt64

  /// A time after the start.
  public init(nanoseconds: UInt64) {
    self.nanoseconds = nanoseconds
  }

  /// The start.
  public static let zero = DisplayTime(nanoseconds: 0)

  /// True when `left` is earlier.
  public static func < (left: DisplayTime, right: DisplayTime) -> Bool {
    left.nanoseconds < right.nanoseconds
  }
}

/// Event of a scanout.
///
/// | event | virtio-gpu | vhost-user-gpu socket |
/// |---|---|---|
/// | `scanout` | SET_SCANOUT | SCANOUT |
/// | `damage` | RESOURCE_FLUSH | UPDATE |
/// | `frame` | the end of RESOURCE_FLUSH | the end of UPDATE |
/// | `cursor` | UPDATE_CURSOR, MOVE_CURSOR with resource 0 | CURSOR_UPDATE, CURSOR_POS_HIDE |
/// | `cursorMoved` | MOVE_CURSOR, UPDATE_CURSOR | CURSOR_POS |
/// | `vsync` | after RESOURCE_FLUSH, UPDATE_CURSOR, MOVE_CURSOR | the reply to DMABUF_UPDATE |
public enum DisplayEvent: Sendable {
  /// From now on the scanout shows this surface, all of it damaged; nil: it is off. The surface stays valid until the
  /// next `scanout` event, but may be read only while an event is received.
  case scanout(Surface?)
  /// These pixels of the current surface changed. Never empty, always inside the surface.
  case damage(Rectangle)
  /// What was damaged so far is one frame: a complete image, the `number`-th of this scanout since its source started,
  /// counted from 1.
  case frame(UInt64)
  /// The cursor has this image from now on; nil: it is hidden.
  case cursor(CursorImage?)
  /// The top left corner of the cursor's image is here, in pixels of the scanout; it may lie outside. Where the user
  /// points is this plus the image's hot spot.
  case cursorMoved(Point)
  /// The scanout's clock ticked for the `tick`-th time, and nothing else. It ticks at the refresh rate of its output while
  /// anything changes, the cursor included, and not at all while nothing does.
  case vsync(tick: UInt64)
}

public import Display

/// A sink that takes every frame and keeps none: for measuring a device.
///
/// It copies what was damaged, as a window does, so that what is measured includes the copy that showing takes. One thread
/// at a time uses it.
public final class DiscardingSink: DisplaySink {
  private struct Shown {
    let source: Surface
    let copy: Surface
  }

  private var shown: [ScanoutID: Shown] = [:]

  /// A sink that has taken nothing yet.
  public init() {}

  /// Copies what was damaged.
  public func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) throws {
    switch event {
    case .scanout(let surface):
      let old = shown.removeValue(forKey: scanout)?.copy
      guard let surface else { return }
      let isReusable = old?.size == surface.size
      let copy = try isReusable ? old : Surface(size: surface.size, format: .b8g8r8x8)
      shown[scanout] = copy.map { Shown(source: surface, copy: $0) }
    case .damage(let area):
      guard let shown = shown[scanout] else { return }
      shown.copy.copy(area, of: shown.source, to: Point(x: Int32(clamping: area.x), y: Int32(clamping: area.y)))
    case .frame, .cursor, .cursorMoved, .vsync: break
    }
  }

  /// There is nothing to complete.
  public func finish() {}
}

public import Display

/// Display sink that discards every frame, for measuring a device.
///
/// It copies the damage, as a window does, so that a measurement includes the copy of a sink. One thread at a time uses
/// it.
public final class DiscardingSink: DisplaySink {
  private struct CopiedSurface {
    let source: Surface
    let copy: Surface
  }

  private var shown: [ScanoutID: CopiedSurface] = [:]

  /// Makes a sink.
  public init() {}

  /// Copies the damage.
  public func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) throws {
    switch event {
    case .scanout(let surface):
      let old = shown.removeValue(forKey: scanout)?.copy
      guard let surface else { return }
      let isReusable = old?.size == surface.size
      let copy = try isReusable ? old : Surface(size: surface.size, format: .b8g8r8x8)
      shown[scanout] = copy.map { CopiedSurface(source: surface, copy: $0) }
    case .damage(let area):
      guard let shown = shown[scanout] else { return }
      shown.copy.copy(area, of: shown.source, to: Point(x: Int32(clamping: area.x), y: Int32(clamping: area.y)))
    case .frame, .cursor, .cursorMoved, .vsync: break
    }
  }

  /// Does nothing: the sink has nothing to complete.
  public func finish() {}
}

public import Display
internal import ScanoutTesting
internal import Synchronization

/// A recorder that the guest's thread reads while the device's thread writes.
public final class CaseRecorder: DisplaySink, Sendable {
  private let recorder = Mutex(EventRecorder())

  init() {}

  /// Notes the event.
  public func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) throws {
    try recorder.withLock { try $0.receive(event, on: scanout, at: time) }
  }

  /// Nothing is under way.
  public func finish() {}

  /// What was shown since this was last asked, without the ticks: where time passes by itself, they come at any moment.
  func take() -> [EventRecorder.Entry] {
    takeWithTicks().filter { if case .vsync = $0 { false } else { true } }
  }

  /// What was shown since this was last asked.
  func takeWithTicks() -> [EventRecorder.Entry] {
    recorder.withLock { recorder in
      defer { recorder.clear() }
      return recorder.entries
    }
  }

  /// Blue, green and red of a pixel as it was flushed last; nil: there is none.
  func pixel(_ x: Int, _ y: Int, on scanout: ScanoutID = 0) -> [UInt8]? {
    recorder.withLock { $0.surfaces[scanout]?.bytes(x, y).map { Array($0.prefix(3)) } }
  }

  /// All of a scanout, row by row, as it was flushed last.
  func rows(_ scanout: ScanoutID) -> [[UInt8]]? {
    recorder.withLock { recorder in
      guard let surface = recorder.surfaces[scanout] else { return nil }
      return (0..<Int(surface.size.height)).compactMap { surface.bytes(0, $0, count: Int(surface.size.width)) }
    }
  }

  /// What a scanout shows: size and format.
  func isOn(_ scanout: ScanoutID) -> Bool {
    recorder.withLock { $0.current[scanout] != nil }
  }

  /// The cursor of a scanout: its hot spot, and a pixel with alpha.
  func cursor(_ x: Int, _ y: Int, on scanout: ScanoutID = 0) -> [UInt8]? {
    recorder.withLock { $0.cursors[scanout]?.surface.bytes(x, y) }
  }

  /// Scanouts that are enabled and cursors that are visible.
  var lights: Int {
    recorder.withLock { $0.current.count + $0.cursors.count }
  }
}

extension Surface {
  /// Four bytes of a pixel, in the order of their addresses; those of `count` pixels of a row; nil: outside.
  fileprivate func bytes(_ x: Int, _ y: Int, count: Int = 1) -> [UInt8]? {
    guard x >= 0, y >= 0, x + count <= Int(size.width), y < Int(size.height) else { return nil }
    // Safe: the pixels are there.
    return unsafe withPixels { base in
      unsafe [UInt8](UnsafeRawBufferPointer(start: base + y * stride + x * 4, count: 4 * count))
    }
  }
}

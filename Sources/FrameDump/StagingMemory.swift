internal import Display
internal import PNG
internal import Synchronization

/// Staging memory of a dump: images into which damaged pixels are copied while the source's thread has them, and which the
/// writer's thread gives back.
///
/// At most one free image is kept for each scanout, in the size that it shows.
final class StagingMemory: Sendable {
  private let free = Mutex<[ScanoutID: Image]>([:])

  /// An image of this size. Its pixels are undefined.
  func image(_ size: Size, for scanout: ScanoutID) throws(SurfaceError) -> Image {
    let kept = free.withLock { $0.removeValue(forKey: scanout) }
    if let kept, kept.size == size { return kept }
    return try Image(size: size)
  }

  /// Takes an image back.
  func giveBack(_ image: Image, of scanout: ScanoutID) {
    free.withLock { $0[scanout] = image }
  }

  /// Frees what is kept for a scanout that is off.
  func clear(_ scanout: ScanoutID) {
    _ = free.withLock { $0.removeValue(forKey: scanout) }
  }
}

/// Pixels that were copied from a surface: the areas of an image that has the surface's size.
struct StagedPixels: Sendable {
  /// The most areas that are kept apart: a flush of a guest is one, and a tick may see many flushes.
  private static let maximumAreas = 64

  let image: Image
  /// What was copied, in the order in which it was.
  private(set) var areas: [Rectangle] = []

  /// True when no further area can be noted: the pixels have to be handed over first.
  var isFull: Bool { areas.count >= Self.maximumAreas }

  init(_ image: Image) {
    self.image = image
  }

  /// Copies an area of a surface of the same size. Where it overlaps an area that was copied before, its pixels replace
  /// those.
  mutating func copy(_ area: Rectangle, of surface: Surface) throws(SurfaceError) {
    try image.copy(area, of: surface, to: area.corner)
    let whole = Rectangle(image.size)
    if areas == [whole] { return }
    if area == whole { areas = [whole] } else { areas.append(area) }
  }

  /// True when the areas cover the whole image.
  var isWhole: Bool { areas == [Rectangle(image.size)] }
}

internal import Display
internal import PNG

/// The PNG files of a dump that is being written: equal pictures share one file, unless so many others came in between
/// that the first is forgotten.
final class FrameStore {
  private let folder: DumpFolder
  private let encoder = PNGEncoder()
  private var frames = RecentlyStored<FrameName>()
  private var pointers = RecentlyStored<Void>()

  init(_ folder: DumpFolder) {
    self.folder = folder
  }

  /// Counts a frame that is about to be stored, whether as a file of its own or not.
  func countFrame() throws {
    try folder.countFrame()
  }

  /// The file that holds the picture: an earlier one, or else a new one called `name`.
  func store(_ picture: Image, _ hash: FrameHash, as name: FrameName) throws -> String {
    if let known = frames.value(of: hash) { return known.description }
    try folder.add(encoder.encode(picture, hash: hash), as: name.description)
    frames.remember(name, of: hash)
    return name.description
  }

  /// The file that holds a pointer's image.
  func storePointer(_ surface: Surface) throws -> String {
    let picture = try Image(copying: surface, kind: .alpha)
    let hash = FrameHash(ofCursor: picture)
    let name = DumpLayout.cursor(hash)
    if pointers.value(of: hash) == nil {
      try folder.addOnce(encoder.encode(picture, hash: hash), as: name)
      pointers.remember((), of: hash)
    }
    return name
  }
}

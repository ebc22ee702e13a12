internal import Display
internal import Frames
internal import PNG

/// The PNG files of a dump that is being written: equal images share one file, unless so many others came in between
/// that the first is forgotten.
final class FrameStore {
  private let folder: DumpFolder
  private let encoder = PNGEncoder()
  private var frames = RecentlyStored<FrameName>()
  private var cursors = RecentlyStored<Void>()

  init(_ folder: DumpFolder) {
    self.folder = folder
  }

  /// Counts a frame that is about to be stored, whether as a file of its own or not.
  func countFrame() throws {
    try folder.countFrame()
  }

  /// The file that holds the image: an earlier one, or else a new one called `name`.
  func store(_ image: Image, _ hash: FrameHash, as name: FrameName) throws -> String {
    if let known = frames.value(of: hash) { return DumpLayout.file(of: known) }
    let file = DumpLayout.file(of: name)
    try folder.add(encoder.encode(image, hash: hash), as: file)
    frames.remember(name, of: hash)
    return file
  }

  /// The file that holds a cursor's image.
  func storeCursor(_ surface: Surface) throws -> String {
    let image = try Image(copying: surface, kind: .alpha)
    let hash = FrameHash(ofCursor: image)
    let name = DumpLayout.cursor(hash)
    if cursors.value(of: hash) == nil {
      try folder.addOnce(encoder.encode(image, hash: hash), as: name)
      cursors.remember((), of: hash)
    }
    return name
  }
}

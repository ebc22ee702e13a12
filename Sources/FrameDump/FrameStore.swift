internal import Display
internal import PNG

/// The PNG files of a dump that is being written: equal pictures share one file.
final class FrameStore {
  private let folder: DumpFolder
  private let encoder = PNGEncoder()
  private var frames: [FrameHash: FrameName] = [:]
  private var pointers: Set<FrameHash> = []

  init(_ folder: DumpFolder) {
    self.folder = folder
  }

  /// The file that holds the picture: an earlier one, or else a new one called `name`.
  func store(_ picture: Picture, _ hash: FrameHash, as name: FrameName) throws -> String {
    if let known = frames[hash] { return known.description }
    try folder.add(encoder.encode(picture, hash: hash), as: name.description)
    frames[hash] = name
    return name.description
  }

  /// The file that holds a pointer's image.
  func storePointer(_ surface: Surface) throws -> String {
    let picture = try Picture(copying: surface, kind: .alpha)
    let hash = FrameHash(ofCursor: picture)
    let name = DumpLayout.cursor(hash)
    if pointers.insert(hash).inserted {
      try folder.addOnce(encoder.encode(picture, hash: hash), as: name)
    }
    return name
  }
}

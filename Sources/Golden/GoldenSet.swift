public import Frames
internal import LinuxIO
public import PNG
internal import Text

/// The goldens of a test: for each frame, the images that were approved, any of which it may be.
///
/// In a folder, `login.png` is the golden of `login`, and `login~2.png`, `login~3.png` are further images of it, where
/// `login.png` is there. A frame that is itself called `login~2` has the file of its own name only. Nothing here writes to
/// goldens. Files are read when they are asked for; one thread uses a set at a time.
public final class GoldenSet {
  /// The folder, as it was named when it was opened.
  public let path: String
  /// The frames that have a golden, readable or not, in order.
  public let names: [FrameName]
  /// Problems of the folder as a whole, one sentence each. A run with any of them has not passed.
  public let problems: [String]

  private let folder: Directory
  private let images: [FrameName: [GoldenImage]]
  /// Further images of a name by the name that their file has: a frame may be called so.
  private let furtherImages: [FrameName: GoldenImage]
  /// What stands where a golden should be, and why it is none.
  private let unreadable: [FrameName: String]
  /// The folder into which the goldens of further frames belong; nil when a manifest would have to know of them.
  let home: String?
  /// Hash of the image in a file: what the file states, once it was checked, or what was decoded.
  private var hashes: [GoldenImage: FrameHash] = [:]
  private var index: [FrameHash: [FrameName]]?

  /// The PNG files of a folder and of all folders below it, each the golden of the frame that has its name, or a further
  /// image of it. Of a dump: those of its folder `frames`.
  ///
  /// A dump stores equal images once, under the name of the first. So a frame without a file of its own takes any earlier
  /// golden, or one of another scanout, that is the same image.
  public convenience init(folder path: String) throws(GoldenError) {
    let listing: ImageFiles
    let isDump: Bool
    do throws(SystemError) {
      let folder = try Directory(path)
      let top = try folder.names()
      isDump = top.contains("frames") && top.contains("manifest.json")
      listing = try ImageFiles(folder, in: isDump ? "frames" : nil)
    } catch {
      throw .unreadableGoldens(path: path, reason: error.reason)
    }
    let prefix = isDump ? "frames/".utf8.count : 0
    func name(_ file: String) -> FrameName {
      FrameName(file: String(decoding: file.utf8.dropFirst(prefix), as: UTF8.self))
    }
    let files = Dictionary(listing.files.map { (name($0), GoldenImage(file: $0)) }) { first, _ in first }
    var lists = files.mapValues { [(place: 1, image: $0)] }
    var further: [FrameName: GoldenImage] = [:]
    for (name, image) in files {
      guard let (base, place) = GoldenImage.listPlace(in: name.description),
        case let first = FrameName(file: base + ".png"), files[first] != nil
      else { continue }
      lists[first]?.append((place, image))
      further[name] = image
    }
    for name in further.keys { lists[name] = nil }
    try self.init(
      path: path, images: lists.mapValues { list in list.sorted { $0.place < $1.place }.map(\.image) },
      furtherImages: further,
      unreadable: Dictionary(
        listing.obstacles.map { (name($0.file), "\(path.path(to: $0.file).printable) \($0.reason)") }
      ) { first, _ in first },
      problems: listing.isCutOff
        ? ["\(path.printable) has more than \(ImageFiles.mostFiles) files; the others were not looked at"] : [],
      home: isDump ? path.path(to: "frames") : path)
  }

  /// The goldens of a run whose frames are all known: for each the images that it may be, in files relative to the folder
  /// at `path`. Frames may share a file. `problems`: what is wrong with them as a whole, in sentences.
  public convenience init(
    path: String, images: [FrameName: [GoldenImage]], problems: [String] = []
  ) throws(GoldenError) {
    try self.init(path: path, images: images, furtherImages: [:], unreadable: [:], problems: problems, home: nil)
  }

  private init(
    path: String, images: [FrameName: [GoldenImage]], furtherImages: [FrameName: GoldenImage],
    unreadable: [FrameName: String], problems: [String], home: String?
  ) throws(GoldenError) {
    do throws(SystemError) {
      folder = try Directory(path)
    } catch {
      throw .unreadableGoldens(path: path, reason: error.reason)
    }
    self.path = path
    self.images = images
    self.furtherImages = furtherImages
    self.unreadable = unreadable
    self.problems = problems
    self.home = home
    names = Set(images.keys).union(unreadable.keys).sorted()
  }

  /// The accepted images of a frame, the first one first; empty when it has none.
  public func images(of name: FrameName) -> [GoldenImage] {
    images[name] ?? furtherImages[name].map { [$0] } ?? []
  }

  /// Decodes an accepted image. Throws a `PNGError` for a file that is no image.
  public func decode(_ image: GoldenImage) throws -> Image {
    try content(of: image).decode()
  }

  /// True when there is a golden, readable or not.
  func has(_ name: FrameName) -> Bool { !images(of: name).isEmpty || unreadable[name] != nil }

  /// Throws when something stands in a golden's place that is none.
  func checkPlace(of name: FrameName) throws {
    if let reason = unreadable[name] { throw UnreadableGolden(description: reason) }
  }

  /// The bytes of an accepted image, whose chunks were checked. Throws for what cannot be read.
  func content(of image: GoldenImage) throws -> PNGContent {
    let content = try open(image.file).content()
    // Of an image with alpha the file does not state what counts.
    if content.kind == .opaque, let stated = content.hash { hashes[image] = stated }
    return content
  }

  /// Hash of an accepted image, if that is known without decoding it now, with the file's bytes if they were read for it;
  /// the file was checked.
  func knownHash(of image: GoldenImage) throws -> (hash: FrameHash?, content: PNGContent?) {
    if let known = hashes[image] { return (known, nil) }
    guard try open(image.file).hash != nil else { return (nil, nil) }
    let content = try content(of: image)
    return (hashes[image], content)
  }

  /// Remembers the hash of an accepted image.
  func note(_ decoded: Image, of image: GoldenImage) -> FrameHash {
    let hash = FrameHash(of: decoded)
    hashes[image] = hash
    return hash
  }

  /// The golden whose file may stand for a frame that has none of its own.
  func substitute(for name: FrameName, hash: FrameHash) -> FrameName? {
    // A set without a home names every frame of the approved run, so nothing is left unsaid.
    guard home != nil, name.position != nil else { return nil }
    return names(of: hash).last { name.mayBeStored(as: $0) }
  }

  /// The frames that may be this image, in order. What cannot be read has no say.
  private func names(of hash: FrameHash) -> [FrameName] {
    let index =
      self.index
      ?? names.reduce(into: [:]) { index, name in
        for hash in Set(images(of: name).compactMap(self.hash)) { index[hash, default: []].append(name) }
      }
    self.index = index
    return index[hash] ?? []
  }

  /// The golden closest to a frame's own that this image is. Of goldens that do not state which image they are, only the
  /// neighbours are looked at: decoding all of them for a hint would take too long.
  func neighbour(of name: FrameName, hash: FrameHash) -> FrameName? {
    let place = names.firstIndex { !($0 < name) } ?? names.endIndex
    let near = names.indices.filter { abs($0 - place) <= Self.nearest }.map { names[$0] }
    let isThis = { (name: FrameName) in self.images(of: name).contains { self.hash(of: $0) == hash } }
    return (near.filter(isThis) + (stating[hash] ?? [])).filter { $0 != name }.nearest(to: name)
  }

  /// The goldens that state which image they are, by that. Each is asked once, not for every frame that differs.
  private lazy var stating: [FrameHash: [FrameName]] = names.reduce(into: [:]) { found, name in
    for image in images(of: name) {
      if let hash = (try? knownHash(of: image))?.hash { found[hash, default: []].append(name) }
    }
  }

  private static let nearest = 2

  /// Hash of an accepted image; decodes what is not known yet. Nil for one that cannot be read.
  private func hash(of image: GoldenImage) -> FrameHash? {
    if let known = (try? knownHash(of: image))?.hash { return known }
    return (try? decode(image)).map { note($0, of: image) }
  }

  private func open(_ file: String) throws -> PNGFile {
    let name = path.path(to: file)
    let descriptor: Descriptor
    do throws(SystemError) {
      descriptor = try folder.open(file)
    } catch {
      throw PNGError(name, error)
    }
    return try PNGFile(descriptor, name: name)
  }

  /// What stands in a golden's place is none.
  private struct UnreadableGolden: Error, CustomStringConvertible {
    let description: String
  }
}

extension [FrameName] {
  /// The one whose number is closest, of the same scanout if there is one.
  fileprivate func nearest(to name: FrameName) -> FrameName? {
    func distance(_ other: FrameName) -> Int {
      guard let one = name.position, let two = other.position, one.scanout == two.scanout else { return .max }
      let (difference, overflows) = one.number.subtractingReportingOverflow(two.number)
      return overflows ? .max : abs(difference)
    }
    return self.min { distance($0) < distance($1) }
  }
}

public import Frames
internal import LinuxIO
public import PNG
internal import Text

/// The goldens of a test: one or more approved images for each frame. A frame passes when it equals one of them.
///
/// In a folder, `login.png` is the golden of the frame `login`. `login~2.png`, `login~3.png`, … are further images of
/// it; they count as such only if `login.png` exists. A frame that is itself called `login~2` has only the file of its
/// own name. A set never writes to its folder. Files are read on demand. One thread uses a set at a time.
public final class GoldenSet {
  /// The folder, as it was named when it was opened.
  public let path: String
  /// The frames that have a golden, readable or not, in order.
  public let names: [FrameName]
  /// Problems of the folder as a whole, one sentence each. A run with any of them has not passed.
  public let problems: [String]

  private let folder: Directory
  private let images: [FrameName: [GoldenImage]]
  /// Further images by their own frame name: `login~2` may also be the name of a frame.
  private let furtherImages: [FrameName: GoldenImage]
  /// Frames whose golden is not a file that can be read as one (a folder, for example), with the reason.
  private let unreadable: [FrameName: String]
  /// The folder to which goldens of new frames can be added; nil for a set with a fixed list of frames.
  let home: String?
  /// Known hashes of approved images: stated by a file whose chunks were checked, or computed from the decoded image.
  private var hashes: [GoldenImage: FrameHash] = [:]
  /// Frames by the hashes of their approved images; nil until it is needed.
  private var index: [FrameHash: [FrameName]]?

  /// Lists the PNG files of a folder and its subfolders: each is the golden of the frame with its name, or a further
  /// image of it. In a dump, only the folder `frames` is listed.
  ///
  /// A dump stores equal images once, under the name of the first frame. So a frame without a file of its own passes
  /// when it equals the golden of an earlier frame of its scanout, or of any frame of another scanout.
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
        ? ["\(path.printable) has more than \(ImageFiles.maximumFiles) files; the others were not looked at"] : [],
      home: isDump ? path.path(to: "frames") : path)
  }

  /// Goldens for a fixed list of frames: the approved images of each, as files relative to the folder at `path`. Frames
  /// may share a file. `problems`: problems of the set as a whole, one sentence each.
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

  /// The approved images of a frame in the order of their numbers; empty when it has none.
  public func images(of name: FrameName) -> [GoldenImage] {
    images[name] ?? furtherImages[name].map { [$0] } ?? []
  }

  /// Decodes an approved image. Throws a `PNGError` when the file is not a PNG image.
  public func decode(_ image: GoldenImage) throws -> Image {
    try content(of: image).decode()
  }

  /// True when the frame has a golden, readable or not.
  func has(_ name: FrameName) -> Bool { !images(of: name).isEmpty || unreadable[name] != nil }

  /// Throws the reason when the frame's golden is not a file that can be read as one.
  func checkPlace(of name: FrameName) throws {
    if let reason = unreadable[name] { throw UnreadableGolden(description: reason) }
  }

  /// The bytes of an approved image, after a check of its chunks. Throws when the file cannot be read.
  func content(of image: GoldenImage) throws -> PNGContent {
    let content = try open(image.file).content()
    // Not of an image with alpha: if its alpha is full everywhere, equal pixels may have another hash.
    if content.kind == .opaque, let stated = content.hash { hashes[image] = stated }
    return content
  }

  /// The hash of an approved image, nil if the image must be decoded for it, and the file's bytes if they had to be
  /// read. A stated hash is used only after a check of the file's chunks.
  func knownHash(of image: GoldenImage) throws -> (hash: FrameHash?, content: PNGContent?) {
    if let known = hashes[image] { return (known, nil) }
    guard try open(image.file).hash != nil else { return (nil, nil) }
    let content = try content(of: image)
    return (hashes[image], content)
  }

  /// Computes and remembers the hash of an approved image.
  func note(_ decoded: Image, of image: GoldenImage) -> FrameHash {
    let hash = FrameHash(of: decoded)
    hashes[image] = hash
    return hash
  }

  /// For a frame without a golden: another frame with a golden of this hash, whose file a dump would store for both.
  func substitute(for name: FrameName, hash: FrameHash) -> FrameName? {
    // A set without a home lists every frame of the approved run: a frame that is not listed has no golden.
    guard home != nil, name.position != nil else { return nil }
    return names(of: hash).last { name.mayBeStored(as: $0) }
  }

  /// The frames that have a golden with this hash, in order. Goldens that cannot be read are skipped.
  private func names(of hash: FrameHash) -> [FrameName] {
    let index =
      self.index
      ?? names.reduce(into: [:]) { index, name in
        for hash in Set(images(of: name).compactMap(self.hash)) { index[hash, default: []].append(name) }
      }
    self.index = index
    return index[hash] ?? []
  }

  /// The other frame nearest to `name` that has a golden with this hash: a hint that a frame came too early or too
  /// late. Goldens without a stated hash are decoded only for the nearest names; decoding all of them would take too
  /// long.
  func neighbour(of name: FrameName, hash: FrameHash) -> FrameName? {
    let place = names.firstIndex { !($0 < name) } ?? names.endIndex
    let near = names.indices.filter { abs($0 - place) <= Self.nearest }.map { names[$0] }
    let isThis = { (name: FrameName) in self.images(of: name).contains { self.hash(of: $0) == hash } }
    return (near.filter(isThis) + (framesByStatedHash[hash] ?? [])).filter { $0 != name }.nearest(to: name)
  }

  /// Frames by the hashes that their goldens' files state. Built once, not for every frame that differs.
  private lazy var framesByStatedHash: [FrameHash: [FrameName]] = names.reduce(into: [:]) { found, name in
    for image in images(of: name) {
      if let hash = (try? knownHash(of: image))?.hash { found[hash, default: []].append(name) }
    }
  }

  /// How many places before and after a name in the sorted list are near it.
  private static let nearest = 2

  /// The hash of an approved image, which is decoded if necessary. Nil when the file cannot be read.
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

  /// A golden is not a file that can be read as one; the description is the reason.
  private struct UnreadableGolden: Error, CustomStringConvertible {
    let description: String
  }
}

extension [FrameName] {
  /// The name with the closest number, of the same scanout if there is one.
  fileprivate func nearest(to name: FrameName) -> FrameName? {
    func distance(_ other: FrameName) -> Int {
      guard let one = name.position, let two = other.position, one.scanout == two.scanout else { return .max }
      let (difference, overflows) = one.number.subtractingReportingOverflow(two.number)
      return overflows ? .max : abs(difference)
    }
    return self.min { distance($0) < distance($1) }
  }
}

public import Frames
internal import LinuxIO
public import PNG
internal import Text

/// The goldens of a test: for each frame, the file of the picture that was approved.
///
/// Nothing here writes to them. Files are read when they are asked for; one thread uses a set at a time.
public final class GoldenSet {
  /// The folder, as it was named by who asked.
  public let path: String
  /// The frames that have a golden, readable or not, in order.
  public let names: [FrameName]
  /// Problems of the folder as a whole, one sentence each. A run with any of them has not passed.
  public let problems: [String]

  private let folder: Directory
  private let files: [FrameName: String]
  /// What stands where a golden should be, and why it is none.
  private let unreadable: [FrameName: String]
  /// The folder into which the goldens of further frames belong; nil when a manifest would have to know of them.
  let home: String?
  /// Which picture a file holds, by the name that the file has: what it states, once it was checked, or what was decoded.
  private var hashes: [FrameName: FrameHash] = [:]
  private var index: [FrameHash: [FrameName]]?

  /// The PNG files of a folder and of all folders below it, each the golden of the frame that has its name. Of a dump:
  /// those of its folder `frames`.
  ///
  /// A dump stores equal pictures once, under the name of the first. So a frame without a file of its own takes any
  /// earlier golden, or one of another scanout, that is the same picture.
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
    try self.init(
      path: path, files: Dictionary(listing.files.map { (name($0), $0) }) { first, _ in first },
      unreadable: Dictionary(
        listing.obstacles.map { (name($0.file), "\(path.path(to: $0.file).printable) \($0.reason)") }
      ) { first, _ in first },
      problems: listing.isCutOff
        ? ["\(path.printable) has more than \(ImageFiles.mostFiles) files; the others were not looked at"] : [],
      home: isDump ? path.path(to: "frames") : path)
  }

  /// The goldens of a run whose frames are all known: for each its file, relative to the folder at `path`. Frames may
  /// share a file. `problems`: what is wrong with them as a whole, in sentences.
  public convenience init(
    path: String, files: [FrameName: String], problems: [String] = []
  ) throws(GoldenError) {
    try self.init(path: path, files: files, unreadable: [:], problems: problems, home: nil)
  }

  private init(
    path: String, files: [FrameName: String], unreadable: [FrameName: String], problems: [String], home: String?
  ) throws(GoldenError) {
    do throws(SystemError) {
      folder = try Directory(path)
    } catch {
      throw .unreadableGoldens(path: path, reason: error.reason)
    }
    self.path = path
    self.files = files
    self.unreadable = unreadable
    self.problems = problems
    self.home = home
    names = Set(files.keys).union(unreadable.keys).sorted()
  }

  /// The path of a frame's golden; nil when it has none.
  public func file(of name: FrameName) -> String? {
    files[name].map { path.path(to: $0) }
  }

  /// Decodes a frame's golden; nil when it has none. Throws a `PNGError` for a file that is no picture.
  public func picture(of name: FrameName) throws -> Image? {
    try content(of: name)?.decode()
  }

  /// True when there is a golden, readable or not.
  func has(_ name: FrameName) -> Bool { files[name] != nil || unreadable[name] != nil }

  /// The bytes of a frame's golden, whose chunks were checked; nil when it has none. Throws for what cannot be read.
  func content(of name: FrameName) throws -> PNGContent? {
    if let reason = unreadable[name] { throw UnreadableGolden(description: reason) }
    guard let file = files[name] else { return nil }
    let content = try open(file).content()
    // Of a picture with alpha the file does not state what counts.
    if content.kind == .opaque, let stated = content.hash { hashes[FrameName(file: file)] = stated }
    return content
  }

  /// Which picture a frame's golden is, if that is known without decoding it now; the file was checked.
  func knownHash(of name: FrameName) throws -> FrameHash? {
    guard let file = files[name] else { return nil }
    if let known = hashes[FrameName(file: file)] { return known }
    guard try open(file).hash != nil else { return nil }
    _ = try content(of: name)
    return hashes[FrameName(file: file)]
  }

  /// Remembers which picture a frame's golden is.
  func note(_ picture: Image, of name: FrameName) -> FrameHash {
    let hash = FrameHash(of: picture)
    if let file = files[name] { hashes[FrameName(file: file)] = hash }
    return hash
  }

  /// The golden whose file may stand for a frame that has none of its own.
  func substitute(for name: FrameName, hash: FrameHash) -> FrameName? {
    // A set without a home names every frame of the approved run, so nothing is left unsaid.
    guard home != nil, name.position != nil else { return nil }
    return names(of: hash).last { name.mayBeStored(as: $0) }
  }

  /// The frames whose golden is this picture, in order. What cannot be read has no say.
  private func names(of hash: FrameHash) -> [FrameName] {
    let index =
      self.index ?? Dictionary(grouping: names.filter { self.hash(of: $0) != nil }) { self.hash(of: $0) ?? hash }
    self.index = index
    return index[hash] ?? []
  }

  /// The golden closest to a frame's own whose picture is this. Of goldens that do not state which picture they are, only
  /// the neighbours are looked at: decoding all of them for a hint would take too long.
  func neighbour(of name: FrameName, hash: FrameHash) -> FrameName? {
    let place = names.firstIndex { !($0 < name) } ?? names.endIndex
    let near = names.indices.filter { abs($0 - place) <= Self.nearest }.map { names[$0] }
    return (near.filter { self.hash(of: $0) == hash } + (stating[hash] ?? [])).filter { $0 != name }.nearest(to: name)
  }

  /// The goldens that state which picture they are, by that. Each is asked once, not for every frame that differs.
  private lazy var stating: [FrameHash: [FrameName]] = names.reduce(into: [:]) { found, name in
    if let hash = (try? knownHash(of: name)) ?? nil { found[hash, default: []].append(name) }
  }

  private static let nearest = 2

  /// Which picture a golden is; decodes what is not known yet. Nil for one that cannot be read.
  private func hash(of name: FrameName) -> FrameHash? {
    if let known = (try? knownHash(of: name)) ?? nil { return known }
    return ((try? picture(of: name)) ?? nil).map { note($0, of: name) }
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

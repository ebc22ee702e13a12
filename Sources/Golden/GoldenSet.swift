internal import LinuxIO
public import PNG

/// The goldens of a test: for each frame, the file of the picture that was approved.
///
/// Nothing here writes to them. Files are read when they are asked for; one thread uses a set at a time.
public final class GoldenSet {
  /// The folder, as it was named by who asked.
  public let path: String
  /// The frames that have a golden, in order.
  public let names: [FrameName]

  private let folder: Directory
  private let files: [FrameName: String]
  /// The folder into which the goldens of further frames belong; nil when a manifest would have to know of them.
  let home: String?
  private var hashes: [String: FrameHash] = [:]
  private var index: [FrameHash: [FrameName]]?

  /// The PNG files of a folder, or of the folder `frames` in it if there is one, each the golden of the frame that has
  /// its name.
  ///
  /// A dump stores equal pictures once, under the name of the first. So a frame without a file of its own takes any
  /// earlier golden, or one of another scanout, that is the same picture.
  public convenience init(folder path: String) throws(GoldenError) {
    let names: [String]
    let prefix: String
    do throws(SystemError) {
      let folder = try Directory(path)
      let top = try folder.names()
      prefix = top.contains("frames") ? "frames/" : ""
      names = prefix.isEmpty ? top : try folder.names(in: "frames")
    } catch {
      throw .unreadableGoldens(path: path, reason: error.reason)
    }
    let pictures = names.filter { !$0.hasPrefix(".") && $0.lowercased().hasSuffix(FrameName.fileSuffix) }
    let files = Dictionary(pictures.map { (FrameName(file: $0), prefix + $0) }) { first, _ in first }
    try self.init(path: path, files: files, home: prefix.isEmpty ? path : "\(path)/frames")
  }

  /// The goldens of a run whose frames are all known: for each its file, relative to the folder at `path`. Frames may
  /// share a file.
  public convenience init(path: String, files: [FrameName: String]) throws(GoldenError) {
    try self.init(path: path, files: files, home: nil)
  }

  private init(path: String, files: [FrameName: String], home: String?) throws(GoldenError) {
    do throws(SystemError) {
      folder = try Directory(path)
    } catch {
      throw .unreadableGoldens(path: path, reason: error.reason)
    }
    self.path = path
    self.files = files
    self.home = home
    names = files.keys.sorted()
  }

  /// The path of a frame's golden; nil when it has none.
  public func file(of name: FrameName) -> String? {
    files[name].map { "\(path)/\($0)" }
  }

  /// Decodes a frame's golden as an opaque picture; nil when it has none. Throws a `PNGError` for a file that is no
  /// picture, or ``UnfetchedGolden``.
  public func picture(of name: FrameName) throws -> Picture? {
    guard let file = files[name] else { return nil }
    let picture = try open(file).decode(as: .opaque)
    hashes[file] = FrameHash(of: picture)
    return picture
  }

  /// Which picture a frame's golden is; nil when it has none. Decodes only what does not say it.
  func hash(of name: FrameName) throws -> FrameHash? {
    guard let file = files[name] else { return nil }
    if let known = hashes[file] { return known }
    if let stated = try open(file).hash {
      hashes[file] = stated
      return stated
    }
    return try picture(of: name).map { FrameHash(of: $0) }
  }

  /// The golden whose file may stand for a frame that has none of its own.
  func substitute(for name: FrameName, hash: FrameHash) -> FrameName? {
    // A set without a home names every frame of the approved run, so nothing is left unsaid.
    home == nil ? nil : names(of: hash).last { name.mayBeStored(as: $0) }
  }

  /// The frames whose golden is this picture, in order. What cannot be read has no say.
  func names(of hash: FrameHash) -> [FrameName] {
    let index =
      self.index
      ?? Dictionary(grouping: names.filter { (try? self.hash(of: $0)) != nil }) { name in
        (try? self.hash(of: name)) ?? hash
      }
    self.index = index
    return index[hash] ?? []
  }

  private func open(_ file: String) throws -> PNGFile {
    let name = "\(path)/\(file)"
    let descriptor: Descriptor
    do throws(SystemError) {
      descriptor = try folder.open(file)
    } catch {
      throw PNGError(name, error)
    }
    do throws(PNGError) {
      return try PNGFile(descriptor, name: name)
    } catch {
      if UnfetchedGolden.isPointer(descriptor) { throw UnfetchedGolden(file: name) }
      throw error
    }
  }
}

internal import FoundationEssentials
internal import Frames
internal import LinuxIO
internal import PNG
internal import Text

/// Folder with everything that is needed to look into a run that did not pass: `actual/`, `expected/` and
/// `diff/` with an image of each frame, by the name of its file, and `result.json`.
///
/// It describes one run, the last one: what an earlier run left is removed when a run begins, and until the run is over
/// `result.json` says that it is not. A frame that has no golden has an actual image only. Accepting all frames needs
/// nothing but this folder: `cp -r actual/. Goldens`. Tests that share a folder have a subfolder each, and do not touch
/// each other's. One thread uses a folder at a time.
public final class ResultFolder {
  /// The folder, as it was named when it was opened, with the test's subfolder.
  public let path: String

  enum Role: String, CaseIterable {
    case actual, expected, diff
  }

  private static let report = "result.json"
  private static let unfinished = ".unfinished"
  /// The longest report of ours that is looked at to know whose it is: its format stands in front of or behind a list
  /// of frames, so all of it is read.
  private static let longestReport = 1 << 28
  /// How many folders of tests may lie in each other.
  private static let deepest = 16

  private let root: String
  private let parts: [String]
  /// Nil until there is something to put there.
  private var folder: Directory?
  private let encoder = PNGEncoder()

  /// Takes the folder at `path`, which does not exist, is empty or holds earlier results, which are removed. Nothing else
  /// ever is: a folder with anything but results is refused, and links are not followed.
  ///
  /// - Parameters:
  ///   - path: The folder.
  ///   - test: The name of the test whose results these are: a subfolder, such as `login` or `chrome/login`.
  ///   - makesAtOnce: False: the folder is made when there is an image to put there, not before.
  public init(_ path: String, test: String? = nil, makesAtOnce: Bool = true) throws(GoldenError) {
    root = path
    parts = try test.map { (test) throws(GoldenError) in try Self.parts(of: test) } ?? []
    self.path = parts.reduce(path) { $0.path(to: $1) }
    if let folder = try openExisting() {
      try takeOver(folder)
      self.folder = folder
    } else if makesAtOnce {
      _ = try made()
    }
  }

  /// The path, if the folder was made.
  var madePath: String? { folder == nil ? nil : path }

  /// Writes an image, and gives its path relative to the folder.
  func write(_ image: Image, as role: Role, of name: FrameName) throws(GoldenError) -> String {
    try write(encoder.encode(image, hash: FrameHash(of: image)), as: role, of: name)
  }

  /// Writes the bytes of an image, and gives its path relative to the folder.
  func write(_ bytes: [UInt8], as role: Role, of name: FrameName) throws(GoldenError) -> String {
    let file = "\(role.rawValue)/\(name.file)"
    let folder = try made()
    try writing { () throws(SystemError) in
      var above = ""
      for part in file.pathParts.dropLast() {
        above += above.isEmpty ? part : "/\(part)"
        try folder.makeDirectory(above)
      }
      try folder.replace(file, with: bytes, through: above.path(to: Self.unfinished))
    }
    return file
  }

  func complete(_ judgement: Judgement) throws(GoldenError) {
    guard let folder else { return }
    try write(judgement.json(), to: folder)
  }

  // MARK: Whose folder it is

  /// Throws a sentence for a name that no test can have: it would lead elsewhere, or into another test's images.
  public static func check(test: String) throws(GoldenError) {
    _ = try parts(of: test)
  }

  /// The names of the folders of a test.
  private static func parts(of test: String) throws(GoldenError) -> [String] {
    let parts = test.pathParts
    let reserved = Set(Role.allCases.map(\.rawValue) + [report])
    for part in parts {
      guard !part.isEmpty, part.utf8.first != UInt8(ascii: "."), part.utf8.first != UInt8(ascii: "-"),
        !reserved.contains(part), !part.utf8.contains(0),
        part.utf8.count <= 200, parts.count <= deepest
      else { throw .badTestName(test) }
    }
    return parts
  }

  private func openExisting() throws(GoldenError) -> Directory? {
    do throws(SystemError) {
      var folder = try Directory(root)
      for part in parts { folder = try folder.directory(part) }
      return folder
    } catch {
      if error.isMissing { return nil }
      throw .unwritableResults(path: path, reason: parts.isEmpty ? error.reason : error.description)
    }
  }

  /// The folder, which is made now if it was not.
  private func made() throws(GoldenError) -> Directory {
    if let folder { return folder }
    let made: Directory
    do throws(SystemError) {
      var folder = try Directory.make(root)
      for part in parts {
        try folder.makeDirectory(part)
        folder = try folder.directory(part)
      }
      made = folder
    } catch {
      throw .unwritableResults(path: path, reason: error.reason)
    }
    folder = made
    // From now on it can be told from other folders, whenever the run is stopped.
    try write(Judgement.unfinished, to: made)
    return made
  }

  /// Makes sure that the folder is one of results, and empties it.
  private func takeOver(_ folder: Directory) throws(GoldenError) {
    let entries: [DirectoryEntry]
    do throws(SystemError) {
      entries = try folder.entries()
    } catch {
      throw .unwritableResults(path: path, reason: error.reason)
    }
    if entries.contains(where: { $0.name == Self.report }) {
      guard Self.isOurs(folder) else { throw .foreignResults(path: path.path(to: Self.report)) }
    } else if let other = entries.first(where: { !Self.isLeftover($0) && !Self.isTest($0, in: folder, depth: 0) }) {
      throw .holdsOtherFiles(path: path, example: other.name)
    }
    // The report first: a run that is stopped while it removes images leaves a folder that is still known as ours.
    try write(Judgement.unfinished, to: folder)
    for role in Role.allCases where entries.contains(where: { $0.name == role.rawValue && $0.kind == .folder }) {
      try writing { () throws(SystemError) in try Self.clear(role.rawValue, of: folder, depth: 0) }
    }
  }

  /// Removes the images below a folder of ours, and the folders that are empty then.
  private static func clear(_ name: String, of folder: Directory, depth: Int) throws(SystemError) {
    guard depth <= ImageFiles.deepest + 1 else { return }
    for entry in try folder.entries(in: name) {
      let path = "\(name)/\(entry.name)"
      switch entry.kind {
      case .folder: try clear(path, of: folder, depth: depth + 1)
      case .file where ImageFiles.isPNG(entry.name) || entry.name == unfinished: try folder.remove(path)
      case .file, .link, .other: break
      }
    }
    folder.removeFolder(name)
  }

  private static func isLeftover(_ entry: DirectoryEntry) -> Bool {
    entry.name == unfinished && entry.kind == .file
  }

  /// True for the results of a test, and for a folder of nothing but such.
  private static func isTest(_ entry: DirectoryEntry, in folder: Directory, depth: Int) -> Bool {
    guard
      entry.kind == .folder, depth < deepest, let inner = try? folder.directory(entry.name),
      let entries = try? inner.entries()
    else { return false }
    if entries.contains(where: { $0.name == report }) { return isOurs(inner) }
    return entries.allSatisfy { isLeftover($0) || isTest($0, in: inner, depth: depth + 1) }
  }

  /// True when the report is one of ours.
  private static func isOurs(_ folder: Directory) -> Bool {
    struct Head: Decodable { let format: String }
    guard
      let bytes = try? folder.openBeneath(report).read(longestReport, at: 0),
      let head = try? JSONDecoder().decode(Head.self, from: Data(bytes))
    else { return false }
    return head.format == Judgement.format
  }

  private func write(_ report: [UInt8], to folder: Directory) throws(GoldenError) {
    try writing { () throws(SystemError) in
      // What a run that was killed had begun to write.
      try folder.remove(Self.unfinished)
      try folder.replace(Self.report, with: report, through: Self.unfinished)
    }
  }

  private func writing(_ body: () throws(SystemError) -> Void) throws(GoldenError) {
    do throws(SystemError) {
      try body()
    } catch {
      throw .unwritableResults(path: path, reason: error.reason)
    }
  }
}

internal import LinuxIO
internal import Text

/// Roles of the paths on a command line: read, written or listened at.
///
/// A path that is written must not be, contain, or be inside a path that is read, or another one that is written.
/// Otherwise a command would destroy its input, or compare frames with themselves. Paths are compared by the files that
/// they lead to.
public struct PathRoles {
  /// Use of a path by a command.
  public enum PathRole {
    /// The command only reads it.
    case input
    /// The command writes files below this folder, and removes those of an earlier run.
    case outputFolder
    /// The command makes or replaces this file.
    case outputFile
    /// The command listens at it.
    case socket
  }

  private struct NotedPath {
    let option: String
    let place: FilePlace
    let role: PathRole
    let remedy: String

    /// As part of a sentence: `--dump frames/`.
    var words: String { "\(option) \(place.path.printable)" }
  }

  private var entries: [NotedPath] = []

  /// Makes an empty set of roles.
  public init() {}

  /// Adds the path of an option or argument; nil: it was not given. `remedy`: what to do when the path conflicts with
  /// another one.
  public mutating func note(_ option: String, _ path: String?, _ role: PathRole, remedy: String? = nil) {
    guard let path else { return }
    entries.append(
      NotedPath(option: option, place: FilePlace(path), role: role, remedy: remedy ?? "give \(option) another path"))
  }

  /// Adds the default folder of results.
  public mutating func noteDefaultResults(_ folder: String, remedy: String) {
    note("the folder of results", folder, .outputFolder, remedy: remedy)
  }

  /// Paths that are only read.
  public var inputs: [String] { entries.filter { $0.role == .input }.map(\.place.path) }

  /// Throws an error for the first two paths that conflict.
  public func check() throws(PathConflict) {
    for (index, output) in entries.enumerated() where output.role != .input {
      for (position, other) in entries.enumerated() where other.role == .input || position < index {
        guard let relation = Self.relation(output, other) else { continue }
        throw PathConflict(description: Self.sentence(output, relation, other))
      }
    }
  }

  /// Relation of an output to another path that makes them conflict, in words; nil: they do not conflict.
  private static func relation(_ output: NotedPath, _ other: NotedPath) -> String? {
    if output.place.isSame(as: other.place) { return "is the same place as" }
    // A socket is only one more name in a folder that is read.
    if output.place.isInside(other.place), output.role != .socket || other.role != .input { return "is inside" }
    if other.place.isInside(output.place) { return "contains" }
    // Files that links of an input folder lead to are read as well.
    guard other.role == .input, output.place.exists, let folder = try? Directory(other.place.path) else { return nil }
    guard let link = firstLink(in: folder, to: output.place) else { return nil }
    return "is where \(link.printable) leads, a link in"
  }

  private static func sentence(_ output: NotedPath, _ relation: String, _ other: NotedPath) -> String {
    let start = "\(output.words) \(relation) \(other.words)"
    return other.role == .input
      ? "\(start), which is only read and must stay as it is. Nothing was changed: \(output.remedy)."
      : "\(start), and both are written. Nothing was changed: \(output.remedy)."
  }

  /// Maximum depth of the search for links.
  private static let deepest = 16

  /// Path below a folder of the first link that leads to or into a place.
  private static func firstLink(in folder: Directory, to place: FilePlace, depth: Int = 0) -> String? {
    guard depth < deepest, let entries = try? folder.entries() else { return nil }
    for entry in entries where entry.kind == .link {
      let target = FilePlace("\(folder.path)/\(entry.name)")
      if target.isSame(as: place) || target.isInside(place) { return entry.name }
    }
    for entry in entries where entry.kind == .folder {
      guard let below = try? folder.directory(entry.name),
        let link = firstLink(in: below, to: place, depth: depth + 1)
      else { continue }
      return "\(entry.name)/\(link)"
    }
    return nil
  }
}

/// Error of two paths on a command line that conflict.
public struct PathConflict: Error, CustomStringConvertible {
  /// Sentence that names both paths, their relation and the remedy.
  public let description: String
}

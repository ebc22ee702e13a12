internal import LinuxIO
internal import Text

/// The paths of one command line, and what the command does there. A path that is written to must not be, hold, or lie in
/// one that is read, nor another one that is written to: it would destroy what somebody keeps, or judge frames by
/// themselves. Places are compared, not names.
public struct PathRoles {
  /// What a command does at a path.
  public enum Role {
    /// It only reads.
    case input
    /// It writes files below this folder, and removes those of an earlier run.
    case outputFolder
    /// It makes or replaces this file.
    case outputFile
    /// It listens there.
    case socket
  }

  private struct Entry {
    let option: String
    let place: FilePlace
    let role: Role
    let remedy: String

    /// As part of a sentence: `--dump frames/`.
    var words: String { "\(option) \(place.path.printable)" }
  }

  private var entries: [Entry] = []

  /// No paths yet.
  public init() {}

  /// Notes an option's path; nil: the option was not given. `option`: its name, or an argument's. `remedy`: what to do
  /// when an output must not be there.
  public mutating func note(_ option: String, _ path: String?, _ role: Role, remedy: String? = nil) {
    guard let path else { return }
    entries.append(
      Entry(option: option, place: FilePlace(path), role: role, remedy: remedy ?? "give \(option) another path"))
  }

  /// Notes the folder that a judgement's images go to unless an option names one.
  public mutating func noteDefaultResults(_ folder: String, remedy: String) {
    note("the folder of results", folder, .outputFolder, remedy: remedy)
  }

  /// What is only read.
  public var inputs: [String] { entries.filter { $0.role == .input }.map(\.place.path) }

  /// Throws a sentence for the first two paths that must not be given together.
  public func check() throws(PathConflict) {
    for (index, output) in entries.enumerated() where output.role != .input {
      for (position, other) in entries.enumerated() where other.role == .input || position < index {
        guard let relation = Self.relation(output, other) else { continue }
        throw PathConflict(description: Self.sentence(output, relation, other))
      }
    }
  }

  /// How an output stands to another path that it must keep away from, in words; nil: it does.
  private static func relation(_ output: Entry, _ other: Entry) -> String? {
    if output.place.isSame(as: other.place) { return "is the same place as" }
    // A socket is one more name in a folder that is read; nothing is lost.
    if output.place.isInside(other.place), output.role != .socket || other.role != .input { return "is inside" }
    if other.place.isInside(output.place) { return "contains" }
    // What a link in a folder leads to is read as well.
    guard other.role == .input, output.place.exists, let folder = try? Directory(other.place.path) else { return nil }
    guard let link = firstLink(in: folder, to: output.place) else { return nil }
    return "is where \(link.printable) leads, a link in"
  }

  private static func sentence(_ output: Entry, _ relation: String, _ other: Entry) -> String {
    let start = "\(output.words) \(relation) \(other.words)"
    return other.role == .input
      ? "\(start), which is only read and must stay as it is. Nothing was changed: \(output.remedy)."
      : "\(start), and both are written. Nothing was changed: \(output.remedy)."
  }

  /// How deep folders are searched for links.
  private static let deepest = 16

  /// The first link below a folder, with its path from there, that leads to or into a place.
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

/// Two paths of a command line that must not be given together.
public struct PathConflict: Error, CustomStringConvertible {
  /// A sentence.
  public let description: String
}

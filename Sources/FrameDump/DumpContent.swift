internal import FoundationEssentials
internal import LinuxIO
internal import Text

/// The files of an existing dump, to be removed: files with the names of a dump, and the manifest that identifies it.
struct DumpContent {
  /// The most other files that a sentence names.
  private static let maximumExamples = 3
  /// Longer than any manifest.
  private static let longestManifest = 1 << 20

  /// The dump's files, the manifest left out.
  private var files: [String] = []
  /// Other entries of the folder, as text.
  private var others: [String] = []
  private var hasManifest = false

  /// Lists the dump in a folder. Nil when the folder is empty. Throws when the folder has anything in it that does not
  /// belong to a dump, or no manifest that says it is one.
  init?(of directory: Directory) throws(FrameDumpError) {
    do throws(SystemError) {
      let top = try directory.entries()
      guard !top.isEmpty else { return nil }
      for entry in top { try note(entry, in: directory) }
    } catch {
      throw .notWritable(error)
    }
    guard others.isEmpty else {
      let more = others.count - Self.maximumExamples
      let examples = others.prefix(Self.maximumExamples).joined(separator: ", ")
      throw .holdsOtherFiles(
        folder: directory.path, example: more > 0 ? "\(examples) and \(count(more, "other file"))" : examples)
    }
    try checkManifest(in: directory)
  }

  /// Removes the dump's files. The manifest stays until another one takes its place; the events go first, so that what is
  /// left when this is interrupted has no frames to show.
  func remove(from directory: Directory) throws(SystemError) {
    for file in files { try directory.remove(file) }
  }

  private mutating func note(_ entry: DirectoryEntry, in directory: Directory) throws(SystemError) {
    switch (entry.name, entry.kind) {
    case (DumpLayout.manifest, .file): hasManifest = true
    case (DumpLayout.events, .file): files.insert(entry.name, at: 0)
    case (DumpLayout.unfinished, .file): files.append(entry.name)
    case (DumpLayout.frames, .folder), (DumpLayout.cursors, .folder):
      for file in try directory.entries(in: entry.name) {
        let path = "\(entry.name)/\(file.name)"
        let isOwn =
          DumpLayout.frameName(in: path) != nil || DumpLayout.cursorHash(in: path) != nil
          || file.name == DumpLayout.unfinished
        if isOwn, file.kind == .file { files.append(path) } else { noteOther(path, file.kind) }
      }
    default: noteOther(entry.name, entry.kind)
    }
  }

  private mutating func noteOther(_ path: String, _ kind: DirectoryEntry.Kind) {
    let what = kind == .link || kind == .other ? " (\(kind.description))" : ""
    others.append(path.printable + what)
  }

  /// Makes sure that the folder's manifest is one of a dump.
  private func checkManifest(in directory: Directory) throws(FrameDumpError) {
    guard hasManifest else {
      throw .holdsNoDump(folder: directory.path, "there is no \(DumpLayout.manifest) in it")
    }
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try directory.openBeneath(DumpLayout.manifest).read(Self.longestManifest + 1, at: 0)
    } catch {
      throw .notWritable(error)
    }
    guard bytes.count <= Self.longestManifest, let header = try? JSONDecoder().decode(Header.self, from: Data(bytes)),
      header.format == Manifest.knownFormat
    else {
      throw .holdsNoDump(folder: directory.path, "its \(DumpLayout.manifest) is damaged, or another program's")
    }
    guard Manifest.knownVersions.contains(header.version) else {
      throw .holdsNoDump(
        folder: directory.path,
        "its \(DumpLayout.manifest) has version \(header.version), and 1 to \(Manifest.latestVersion) are known")
    }
  }

  /// What every manifest of a dump begins with.
  private struct Header: Decodable {
    let format: String
    let version: Int
  }
}

internal import FoundationEssentials
internal import LinuxIO

/// The folder of a dump that is being written: each file appears in it whole.
final class DumpFolder: Sendable {
  let path: String
  private let directory: Directory
  private let events: Descriptor

  /// Makes the folder, or takes an empty one or (to overwrite) one that holds nothing but a dump.
  init(_ path: String, overwrites: Bool) throws(FrameDumpError) {
    self.path = path
    directory = try starting { () throws(SystemError) in try Directory.make(path) }
    try Self.clear(directory, overwrites: overwrites)
    let directory = directory
    events = try starting { () throws(SystemError) in
      try directory.makeDirectory(DumpLayout.frames)
      try directory.makeDirectory(DumpLayout.cursors)
      return try directory.makeLog(DumpLayout.events)
    }
  }

  /// Writes a file, of which readers see nothing until it is whole.
  func write(_ bytes: [UInt8], to name: String) throws(FrameDumpError) {
    do throws(SystemError) {
      try directory.replace(name, with: bytes, through: DumpLayout.temporary(for: name))
    } catch {
      throw .interrupted(folder: path, error)
    }
  }

  /// Writes the manifest.
  func write(_ manifest: Manifest) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    try write([UInt8](encoder.encode(manifest)) + [newline], to: DumpLayout.manifest)
  }

  /// Appends an event. When the disk is full in the middle of a line, the line is taken back.
  func append(_ line: [UInt8]) throws(FrameDumpError) {
    let before = try? events.status().size
    do throws(SystemError) {
      try events.write(line + [newline])
    } catch {
      if let before { try? events.truncate(to: before) }
      throw .interrupted(folder: path, SystemError("write \(path)/\(DumpLayout.events)", code: error.code))
    }
  }

  /// Makes sure that the folder holds nothing, by removing a dump if that is asked for.
  private static func clear(_ directory: Directory, overwrites: Bool) throws(FrameDumpError) {
    let top = try starting { () throws(SystemError) in try directory.names() }
    guard !top.isEmpty else { return }
    let files = try dumpFiles(in: directory, top: top)
    guard overwrites else { throw .holdsDump(folder: directory.path) }
    try starting { () throws(SystemError) in
      for file in files { try directory.remove(file) }
    }
  }

  /// The files of the dump, the manifest first: without it, what is left is no dump any more.
  private static func dumpFiles(in directory: Directory, top: [String]) throws(FrameDumpError) -> [String] {
    var files: [String] = []
    for name in top {
      switch name {
      case DumpLayout.manifest: files.insert(name, at: 0)
      case DumpLayout.events, DumpLayout.unfinished: files.append(name)
      case DumpLayout.frames, DumpLayout.cursors:
        for file in try starting({ () throws(SystemError) in try directory.names(in: name) }) {
          let path = "\(name)/\(file)"
          guard FrameName(path) != nil || DumpLayout.cursorHash(in: path) != nil || file == DumpLayout.unfinished else {
            throw .holdsOtherFiles(folder: directory.path, example: path)
          }
          files.append(path)
        }
      default: throw .holdsOtherFiles(folder: directory.path, example: name)
      }
    }
    return files
  }
}

/// Calls the system before anything has been dumped.
private func starting<Result>(_ body: () throws(SystemError) -> Result) throws(FrameDumpError) -> Result {
  do throws(SystemError) {
    return try body()
  } catch {
    throw .notWritable(error)
  }
}

private let newline = UInt8(ascii: "\n")

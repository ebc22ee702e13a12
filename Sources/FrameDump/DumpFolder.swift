internal import FoundationEssentials
internal import LinuxIO
internal import Text

/// The folder of a dump that is being written: each file appears in it whole.
///
/// Nothing is written through a symbolic link or out of the folder, and nothing that is there is replaced, except for the
/// manifest. One run at a time has the folder. One thread uses this object.
final class DumpFolder {
  let path: String
  private let directory: Directory
  private let events: Descriptor

  /// Makes the folder, or takes an empty one or (to overwrite) one that holds nothing but a dump, and begins it with
  /// `manifest`. `keeping`: paths that are read and must stay as they are.
  init(_ path: String, overwrites: Bool, keeping: [String], _ manifest: Manifest) throws {
    self.path = path
    let directory = try starting { () throws(SystemError) in try Directory.make(path) }
    self.directory = directory
    guard directory.lock() else { throw FrameDumpError.inUse(folder: path) }
    // Asked of the folder that is open: whatever its path led to before, this is what will be written to.
    let place = FilePlace(directory)
    for input in keeping.map({ FilePlace($0) })
    where input.isSame(as: place) || input.isInside(place) || place.isInside(input) {
      throw FrameDumpError.isRead(folder: path, as: input.path)
    }
    let content = try DumpContent(of: directory)
    if let content {
      guard overwrites else { throw FrameDumpError.holdsDump(folder: path) }
      try starting { () throws(SystemError) in try content.remove(from: directory) }
    }
    let bytes = try manifest.bytes
    // The manifest comes first, and is never absent from then on: without one, the folder would be no dump any more that
    // can be overwritten.
    try starting { () throws(SystemError) in
      try directory.replace(DumpLayout.manifest, with: bytes, through: DumpLayout.unfinished)
    }
    events = try starting { () throws(SystemError) in
      try directory.makeDirectory(DumpLayout.frames)
      try directory.makeDirectory(DumpLayout.cursors)
      return try directory.makeLog(DumpLayout.events)
    }
  }

  /// Adds a file, of which readers see nothing until it is whole.
  func add(_ bytes: [UInt8], as name: String) throws(FrameDumpError) {
    try writing { () throws(SystemError) in
      try directory.add(name, bytes, through: DumpLayout.temporary(for: name))
    }
  }

  /// Adds a file whose name says what is in it, unless it is there already.
  func addOnce(_ bytes: @autoclosure () -> [UInt8], as name: String) throws(FrameDumpError) {
    if (try? directory.openBeneath(name)) != nil { return }
    try add(bytes(), as: name)
  }

  /// Replaces the manifest.
  func replace(_ manifest: Manifest) throws {
    let bytes = try manifest.bytes
    try writing { () throws(SystemError) in
      try directory.replace(
        DumpLayout.manifest, with: bytes, through: DumpLayout.temporary(for: DumpLayout.manifest))
    }
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

  /// Lets other runs have the folder.
  func unlock() {
    directory.unlock()
  }

  private func writing(_ body: () throws(SystemError) -> Void) throws(FrameDumpError) {
    do throws(SystemError) {
      try body()
    } catch {
      throw .interrupted(folder: path, error)
    }
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

extension Manifest {
  /// The bytes of the file.
  fileprivate var bytes: [UInt8] {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
      return try [UInt8](encoder.encode(self)) + [newline]
    }
  }
}

private let newline = UInt8(ascii: "\n")

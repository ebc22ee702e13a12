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
  private let limit: DumpLimit
  /// Bytes written so far, without the manifest.
  private var usedBytes: UInt64 = 0
  private var eventBytes: UInt64 = 0
  private var frames = 0
  /// Called before each file and each line is written.
  private let beforeWriting: () throws(SystemError) -> Void
  /// Reserved disk space for the last manifest, in case the disk is full then.
  private var reserve: Descriptor?

  /// The size of a disk block; a file takes whole blocks.
  private static let blockSize: UInt64 = 4096
  /// Enough for the longest manifest.
  private static let reservedBytes = 1 << 16
  /// The most bytes of events, also in a dump whose limit counts frames only.
  private static let maximumEventBytes: UInt64 = 4 << 30

  /// Makes the folder, or takes an empty one or (to overwrite) one that holds nothing but a dump, and begins it with
  /// an unfinished manifest. `keeping`: paths that are read and must stay as they are.
  init(
    _ path: String, _ options: FrameDumpOptions, keeping: [String],
    beforeWriting: @escaping () throws(SystemError) -> Void = { () throws(SystemError) in }
  ) throws {
    self.path = path
    self.beforeWriting = beforeWriting
    limit = options.limit
    let directory = try starting { () throws(SystemError) in try Directory.make(path) }
    self.directory = directory
    guard directory.lock() else { throw FrameDumpError.inUse(folder: path) }
    // Compares the open folder, not its path: the path may have led elsewhere before.
    let place = FilePlace(directory)
    for input in keeping.map({ FilePlace($0) })
    where input.isSame(as: place) || input.isInside(place) || place.isInside(input) {
      throw FrameDumpError.isRead(folder: path, as: input.path)
    }
    let content = try DumpContent(of: directory)
    if let content {
      guard options.overwrites else { throw FrameDumpError.holdsDump(folder: path) }
      try starting { () throws(SystemError) in try content.remove(from: directory) }
    }
    let bytes = try Manifest(finished: false, options).bytes
    // The manifest comes first, and is never absent from then on: without one, the folder could not be overwritten
    // as a dump.
    try starting { () throws(SystemError) in
      try directory.replace(DumpLayout.manifest, with: bytes, through: DumpLayout.unfinished)
    }
    events = try starting { () throws(SystemError) in
      try directory.makeDirectory(DumpLayout.frames)
      try directory.makeDirectory(DumpLayout.cursors)
      return try directory.makeLog(DumpLayout.events)
    }
    reserve = directory.reserve(Self.reservedBytes)
  }

  deinit {
    // Closing is not enough: a child that is being started has a copy of every descriptor for a moment.
    directory.unlock()
  }

  /// Counts a frame; an error when the dump may have no more.
  func countFrame() throws(FrameDumpError) {
    if let most = limit.frames, frames >= most { throw .full(folder: path, DumpLimit(frames: most)) }
    frames += 1
  }

  /// Counts bytes; an error when the dump may have no more.
  private func use(_ bytes: UInt64) throws(FrameDumpError) {
    if let most = limit.bytes, usedBytes + bytes > most { throw .full(folder: path, DumpLimit(bytes: most)) }
    usedBytes += bytes
  }

  /// Adds a file, which readers see only when it is complete.
  func add(_ bytes: [UInt8], as name: String) throws(FrameDumpError) {
    try use((UInt64(bytes.count) / Self.blockSize + 1) * Self.blockSize)
    try writing { () throws(SystemError) in
      try beforeWriting()
      try directory.add(name, bytes, through: DumpLayout.temporary(for: name))
    }
  }

  /// Adds a file that is named by the hash of its content, unless the folder has it already.
  func addOnce(_ bytes: @autoclosure () -> [UInt8], as name: String) throws(FrameDumpError) {
    if (try? directory.openBeneath(name)) != nil { return }
    try add(bytes(), as: name)
  }

  /// Replaces the manifest, for the last time: there is always room for that.
  func replace(_ manifest: Manifest) throws {
    reserve = nil
    let bytes = try manifest.bytes
    try writing { () throws(SystemError) in
      try directory.replace(
        DumpLayout.manifest, with: bytes, through: DumpLayout.temporary(for: DumpLayout.manifest))
    }
  }

  /// Appends an event. When the disk is full in the middle of a line, the line is taken back.
  func append(_ line: [UInt8]) throws(FrameDumpError) {
    let count = UInt64(line.count) + 1
    try use(count)
    guard eventBytes + count <= Self.maximumEventBytes else {
      throw .full(folder: path, DumpLimit(bytes: Self.maximumEventBytes))
    }
    eventBytes += count
    let before = try? events.status().size
    do throws(SystemError) {
      try beforeWriting()
      try events.write(line + [newline])
    } catch {
      if let before { try? events.truncate(to: before) }
      throw .interrupted(folder: path, SystemError("write \(path.path(to: DumpLayout.events))", code: error.code))
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

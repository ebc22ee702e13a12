internal import Glibc
internal import Text

/// Entry of a folder: a name, and the kind of file that it names.
public struct DirectoryEntry: Equatable, Sendable {
  /// Kind of file, links not followed.
  public enum Kind: Equatable, Sendable {
    case file, folder, link, other

    /// As part of a sentence: `a symbolic link`.
    public var description: String {
      switch self {
      case .file: "a file"
      case .folder: "a folder"
      case .link: "a symbolic link"
      case .other: "a device, pipe or socket"
      }
    }
  }

  /// The name, as `String(fileName:)` makes it.
  public let name: String
  /// False when the file's own name is not UTF-8.
  public let isNameExact: Bool
  /// The kind of file.
  public let kind: Kind
}

extension Directory {
  /// The names of everything in the folder `name` in this one (`.`: this one itself), in the order of their bytes. Links
  /// on the way to that folder are followed.
  public func names(in name: String = ".") throws(SystemError) -> [String] {
    // Safe: the name is only read, up to its zero.
    let raw = unsafe openat(descriptor.rawValue, name.systemPath, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard raw >= 0 else { throw failure("open the folder", name) }
    return try list(raw, name).map(\.name)
  }

  /// Everything in the folder `name` in this one (`.`: this one itself), in the order of the names' bytes. A link on the
  /// way to that folder is an error.
  public func entries(in name: String = ".") throws(SystemError) -> [DirectoryEntry] {
    let folder = try openBeneath(name, O_RDONLY | O_DIRECTORY, "open the folder")
    let raw = fcntl(folder.rawValue, F_DUPFD_CLOEXEC, 0)
    guard raw >= 0 else { throw failure("open the folder", name) }
    return try list(raw, name)
  }

  /// Lists an open folder, which is closed then.
  private func list(_ raw: Int32, _ name: String) throws(SystemError) -> [DirectoryEntry] {
    // Safe: the stream takes the descriptor over and is closed below, once.
    guard let stream = unsafe fdopendir(raw) else {
      let error = failure("open the folder", name)
      close(raw)
      throw error
    }
    var entries: [DirectoryEntry] = []
    errno = 0
    // Safe: an entry is read before the next call.
    while let entry = unsafe readdir(stream) {
      // Safe: as above.
      entries.append(unsafe Self.entry(entry, in: raw))
      errno = 0
    }
    let code = errno
    // Safe: opened above.
    unsafe closedir(stream)
    guard code == 0 else { throw SystemError("list the folder \(path.path(to: name))", code: code) }
    return entries.filter { $0.name != "." && $0.name != ".." }
      .sorted { $0.name.fileNameBytes.lexicographicallyPrecedes($1.name.fileNameBytes) }
  }

  private static func entry(_ entry: UnsafeMutablePointer<dirent>, in folder: Int32) -> DirectoryEntry {
    let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
    // Safe: the name ends with a zero; it may be shorter than its field, so it is read in place.
    let bytes = unsafe (UnsafeRawPointer(entry) + offset).assumingMemoryBound(to: CChar.self)
    // Safe: as above.
    let length = unsafe strlen(bytes)
    // Safe: as above.
    let name = String(fileName: unsafe UnsafeBufferPointer(start: bytes, count: length).map(UInt8.init(bitPattern:)))
    // Safe: as above.
    let isExact = unsafe String(validatingCString: bytes) != nil
    // Safe: the entry is read in place.
    var kind = Int32(unsafe entry.pointee.d_type)
    if kind == Int32(DT_UNKNOWN) {
      var status = stat()
      // Safe: the name is only read, up to its zero, and the call fills a local.
      if unsafe fstatat(folder, bytes, &status, AT_SYMLINK_NOFOLLOW) == 0 {
        kind = Int32(status.st_mode & S_IFMT) >> 12
      }
    }
    return DirectoryEntry(name: name, isNameExact: isExact, kind: DirectoryEntry.Kind(type: kind))
  }
}

extension DirectoryEntry.Kind {
  /// `type`: of a directory's entry, which is a file's mode without its lower twelve bits.
  fileprivate init(type: Int32) {
    self =
      switch type {
      case Int32(DT_REG): .file
      case Int32(DT_DIR): .folder
      case Int32(DT_LNK): .link
      default: .other
      }
  }
}

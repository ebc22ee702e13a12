internal import Glibc

/// An open folder, and the files in it by their names relative to it.
///
/// The folder stays the same one when somebody renames it or the process changes its working directory. Any thread may
/// use it; two threads that write one name at once agree among themselves.
public final class Directory: Sendable {
  /// The path it was opened by: for messages only.
  public let path: String
  private let descriptor: Descriptor

  /// Opens a folder that exists.
  public init(_ path: String) throws(SystemError) {
    // Safe: the path is only read, up to its zero.
    let raw = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard raw >= 0 else { throw SystemError("open the folder \(path)") }
    self.path = path
    descriptor = Descriptor(owning: raw)
  }

  /// Opens a folder, which is made first, with those above it, where it does not exist.
  public static func make(_ path: String) throws(SystemError) -> Directory {
    var made = path.hasPrefix("/") ? "/" : ""
    for name in path.split(separator: "/") {
      made += made.isEmpty || made == "/" ? String(name) : "/\(name)"
      // Safe: the path is only read, up to its zero.
      guard unsafe mkdir(made, 0o777) == 0 || errno == EEXIST else {
        throw SystemError("make the folder \(made)")
      }
    }
    return try Directory(path)
  }

  /// Makes a folder in this one; one that is there already is left alone.
  public func makeDirectory(_ name: String) throws(SystemError) {
    // Safe: the name is only read, up to its zero.
    guard unsafe mkdirat(descriptor.rawValue, name, 0o777) == 0 || errno == EEXIST else {
      throw failure("make the folder", name)
    }
  }

  /// Opens a file to be read. What is not a regular file is refused: a pipe could make the reader wait for ever.
  public func open(_ name: String) throws(SystemError) -> Descriptor {
    let file = try open(name, O_RDONLY | O_NONBLOCK, "open")
    guard try file.status().isRegular else {
      throw SystemError("open \(path)/\(name), which is no regular file", code: EINVAL)
    }
    return file
  }

  /// Makes a file that does not exist yet; whatever is written to it goes to its end.
  public func makeLog(_ name: String) throws(SystemError) -> Descriptor {
    try open(name, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, "make")
  }

  /// Gives the file `name` these bytes, all at once: whoever looks, even after a crash of this process, finds what was
  /// there before or all that is new. The bytes are written to the file `temporary` first, in the same folder.
  public func replace(_ name: String, with bytes: [UInt8], through temporary: String) throws(SystemError) {
    do {
      try open(temporary, O_WRONLY | O_CREAT | O_TRUNC, "make").write(bytes)
    } catch {
      // On a full disk, half a file would only be in the way.
      try? remove(temporary)
      throw SystemError("write \(path)/\(name)", code: error.code)
    }
    // Safe: both names are only read, up to their zeros.
    guard unsafe renameat(descriptor.rawValue, temporary, descriptor.rawValue, name) == 0 else {
      throw failure("write", name)
    }
  }

  /// Takes a file away; one that is not there is no error.
  public func remove(_ name: String) throws(SystemError) {
    // Safe: the name is only read, up to its zero.
    guard unsafe unlinkat(descriptor.rawValue, name, 0) == 0 || errno == ENOENT else {
      throw failure("remove", name)
    }
  }

  /// The names of everything in the folder `name` in this one (`.`: this one itself), in the order of their bytes.
  public func names(in name: String = ".") throws(SystemError) -> [String] {
    // Safe: the name is only read, up to its zero.
    let raw = unsafe openat(descriptor.rawValue, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard raw >= 0 else { throw failure("open the folder", name) }
    // Safe: the stream takes the descriptor over and is closed below, once.
    guard let stream = unsafe fdopendir(raw) else {
      close(raw)
      throw failure("open the folder", name)
    }
    var names: [String] = []
    errno = 0
    // Safe: an entry is read before the next call, and its name ends with a zero.
    while let entry = unsafe readdir(stream) {
      let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
      // Safe: as above; the name may be shorter than its field, so it is read in place.
      names.append(unsafe String(cString: (UnsafeRawPointer(entry) + offset).assumingMemoryBound(to: CChar.self)))
      errno = 0
    }
    let code = errno
    // Safe: opened above.
    unsafe closedir(stream)
    guard code == 0 else { throw SystemError("list the folder \(path)/\(name)", code: code) }
    return names.filter { $0 != "." && $0 != ".." }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private func open(_ name: String, _ flags: Int32, _ verb: String) throws(SystemError) -> Descriptor {
    // Safe: the name is only read, up to its zero.
    let raw = unsafe openat(descriptor.rawValue, name, flags | O_CLOEXEC, 0o666)
    guard raw >= 0 else { throw failure(verb, name) }
    return Descriptor(owning: raw)
  }

  private func failure(_ verb: String, _ name: String) -> SystemError {
    let code = errno
    return SystemError("\(verb) \(path)/\(name)", code: code)
  }
}

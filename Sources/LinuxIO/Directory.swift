internal import Glibc
internal import Text

/// Open folder, with the files in it by their names relative to it.
///
/// The folder stays the same one when it is renamed or the process changes its working directory. Any thread may
/// use it; two threads that write one name at once agree among themselves. Names that are not UTF-8 are texts as
/// `String(fileName:)` makes them: every method gives and takes them.
///
/// What is written, made or removed is reached without following a symbolic link, without leaving the folder and
/// without crossing a mount; see the methods of `Directory+Writing`. Files and folders that are made belong to the
/// process's user alone (modes 0600 and 0700), whatever the process's mask for new files is: they show what a guest
/// shows. ``open(_:)`` and ``names(in:)`` follow links, because folders that people keep for reading have some.
public final class Directory: Sendable {
  /// The path it was opened by: for messages only.
  public let path: String
  let descriptor: Descriptor

  /// Opens a folder that exists.
  public init(_ path: String) throws(SystemError) {
    // Safe: the path is only read, up to its zero.
    let raw = unsafe Glibc.open(path.systemPath, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard raw >= 0 else { throw SystemError("open the folder \(path)") }
    self.path = path
    descriptor = Descriptor(owning: raw)
  }

  init(_ path: String, _ descriptor: Descriptor) {
    self.path = path
    self.descriptor = descriptor
  }

  /// Opens a folder, which is made first, with those above it, where it does not exist.
  public static func make(_ path: String) throws(SystemError) -> Directory {
    var made = path.utf8.first == UInt8(ascii: "/") ? "/" : ""
    for name in path.pathParts where !name.isEmpty {
      made += made.isEmpty || made == "/" ? name : "/\(name)"
      // Safe: the path is only read, up to its zero.
      guard unsafe mkdir(made.systemPath, 0o700) == 0 || errno == EEXIST else {
        throw SystemError("make the folder \(made)")
      }
    }
    return try Directory(path)
  }

  /// Opens a file to be read, through links if there are any. What is not a regular file is refused: a pipe could make
  /// the reader wait for ever.
  public func open(_ name: String) throws(SystemError) -> Descriptor {
    // Safe: the name is only read, up to its zero.
    let raw = unsafe openat(descriptor.rawValue, name.systemPath, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard raw >= 0 else { throw failure("open", name) }
    let file = Descriptor(owning: raw)
    guard try file.status().isRegular else {
      throw SystemError("open \(path.path(to: name)), which is not a regular file", code: EINVAL)
    }
    return file
  }

  /// The failure of the call made just before.
  func failure(_ verb: String, _ name: String) -> SystemError {
    let code = errno
    return SystemError("\(verb) \(path.path(to: name))", code: code)
  }
}

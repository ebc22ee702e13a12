internal import CLinux
internal import Glibc
internal import Text

/// Methods that change a folder. Names may lead through folders below it (`frames/0-000001.png`), never through a symbolic link,
/// to another mount, or out of the folder (`..`): that is an error which says so, and nothing is changed.
extension Directory {
  /// Opens a folder below this one.
  public func directory(_ name: String) throws(SystemError) -> Directory {
    Directory(path.path(to: name), try openBeneath(name, O_RDONLY | O_DIRECTORY, "open the folder"))
  }

  /// Makes a folder in this one. A folder that is there already is left alone; anything else there is an error.
  public func makeDirectory(_ name: String) throws(SystemError) {
    let (folder, last) = try parent(of: name, "make the folder")
    // Safe: the name is only read, up to its zero.
    if unsafe mkdirat(folder.rawValue, last.systemPath, 0o700) == 0 { return }
    guard errno == EEXIST else { throw failure("make the folder", name) }
    _ = try directory(name)
  }

  /// Opens a regular file to be read, without following a link.
  public func openBeneath(_ name: String) throws(SystemError) -> Descriptor {
    let file = try openBeneath(name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW, "open")
    guard try file.status().isRegular else {
      throw SystemError("open \(path.path(to: name)), which is not a regular file", code: EINVAL)
    }
    return file
  }

  /// Makes a file that does not exist yet, to be written from its start.
  public func makeFile(_ name: String) throws(SystemError) -> Descriptor {
    try openBeneath(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, "make")
  }

  /// Makes a file that does not exist yet; whatever is written to it goes to its end.
  public func makeLog(_ name: String) throws(SystemError) -> Descriptor {
    try openBeneath(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_APPEND, "make")
  }

  /// Makes the file `name`, which does not exist yet, with these bytes, atomically: a reader, even after a crash of this
  /// process, finds no file or all of it. The bytes are written to the file `temporary` first, which must not exist
  /// either and lies in the same folder.
  public func add(_ name: String, _ bytes: [UInt8], through temporary: String) throws(SystemError) {
    try write(name, bytes, temporary) { folder, old, new in
      // Safe: both names are only read, up to their zeros.
      unsafe clinux_rename_new(folder, old.systemPath, new.systemPath)
    }
  }

  /// Replaces the content of the file `name` by these bytes, atomically: a reader, even after a crash of this process, finds
  /// all of the old bytes or all of the new ones. The bytes are written to the file `temporary` first, which must not exist and lies
  /// in the same folder. Only a regular file is replaced: never a link, a device or a socket.
  public func replace(_ name: String, with bytes: [UInt8], through temporary: String) throws(SystemError) {
    let (folder, last) = try parent(of: name, "write")
    var status = stat()
    // Safe: the name is only read, and the call fills a local.
    if unsafe fstatat(folder.rawValue, last.systemPath, &status, AT_SYMLINK_NOFOLLOW) == 0 {
      let kind = status.st_mode & S_IFMT
      guard kind == S_IFREG else {
        if kind == S_IFDIR || kind == S_IFLNK { throw refusal("write", name, kind == S_IFDIR ? EISDIR : ELOOP) }
        throw SystemError("write \(path)/\(name), where a device, pipe or socket is in the way", code: EEXIST)
      }
    }
    try write(name, bytes, temporary) { folder, old, new in
      // Safe: both names are only read, up to their zeros.
      unsafe renameat(folder, old.systemPath, folder, new.systemPath)
    }
  }

  /// Removes a file; if it does not exist, that is not an error. Of a link, the link is removed.
  public func remove(_ name: String) throws(SystemError) {
    let folder: Descriptor
    let last: String
    do throws(SystemError) {
      (folder, last) = try parent(of: name, "remove")
    } catch {
      if error.code == ENOENT { return }
      throw error
    }
    // Safe: the name is only read, up to its zero.
    guard unsafe unlinkat(folder.rawValue, last.systemPath, 0) == 0 || errno == ENOENT else {
      throw failure("remove", name)
    }
  }

  /// Removes an empty folder in this one; false when it is not empty, or not there.
  @discardableResult
  public func removeFolder(_ name: String) -> Bool {
    guard let (folder, last) = try? parent(of: name, "remove") else { return false }
    // Safe: the name is only read, up to its zero.
    return unsafe unlinkat(folder.rawValue, last.systemPath, AT_REMOVEDIR) == 0
  }

  /// Locks this folder against other objects, in this and in any other process, until ``unlock()`` or the end of this object;
  /// false when another object has the lock. A file system that cannot lock folders counts as not locked.
  public func lock() -> Bool {
    clinux_lock(descriptor.rawValue) == 0 || errno != EWOULDBLOCK
  }

  /// Ends ``lock()``.
  public func unlock() {
    _ = clinux_unlock(descriptor.rawValue)
  }

  /// Reserves `count` bytes of the disk under this folder, in a file without a name: closing the descriptor frees them. Nil
  /// when the disk has fewer bytes left, or its file system cannot have files without a name.
  public func reserve(_ count: Int) -> Descriptor? {
    let raw = clinux_reserve(descriptor.rawValue, count)
    return raw >= 0 ? Descriptor(owning: raw) : nil
  }

  /// Writes a file under another name, and gives it its own by `rename`.
  private func write(
    _ name: String, _ bytes: [UInt8], _ temporary: String, _ rename: (Int32, String, String) -> Int32
  ) throws(SystemError) {
    let (folder, last) = try parent(of: name, "write")
    let file: Descriptor
    do throws(SystemError) {
      file = try makeFile(temporary)
    } catch {
      // Whatever is at that name is not ours, so it stays.
      let obstacle = error.code == EEXIST ? ", because \(path.path(to: temporary)) is in the way" : ""
      throw SystemError("write \(path.path(to: name))\(obstacle)", code: error.code)
    }
    do throws(SystemError) {
      try file.write(bytes)
    } catch {
      // On a full disk, half a file would only be in the way.
      try? remove(temporary)
      throw SystemError("write \(path.path(to: name))", code: error.code)
    }
    guard rename(folder.rawValue, temporary.pathParts.last ?? "", last) == 0 else {
      let error = failure("write", name)
      try? remove(temporary)
      throw error
    }
  }

  /// The folder that holds `name`, and the last part of it.
  private func parent(of name: String, _ verb: String) throws(SystemError) -> (Descriptor, String) {
    let parts = name.pathParts
    guard let last = parts.last, !last.isEmpty, last != ".", last != "..", !name.utf8.contains(0) else {
      throw SystemError("\(verb) \(path.path(to: name)), which is not a file name", code: EINVAL)
    }
    guard parts.count > 1 else { return (descriptor, name) }
    let above = parts.dropLast().joined(separator: "/")
    let folder = openRaw(above, O_RDONLY | O_DIRECTORY)
    guard folder >= 0 else { throw refusal(verb, name, errno) }
    return (Descriptor(owning: folder), last)
  }

  func openBeneath(_ name: String, _ flags: Int32, _ verb: String) throws(SystemError) -> Descriptor {
    let raw = openRaw(name, flags)
    guard raw >= 0 else { throw refusal(verb, name, errno) }
    return Descriptor(owning: raw)
  }

  private func openRaw(_ name: String, _ flags: Int32) -> Int32 {
    // Safe: the name is only read, up to its zero.
    unsafe clinux_open_beneath(descriptor.rawValue, name.systemPath, flags, 0o600)
  }

  /// The failure of a call that does not follow links: what the system says of those would mislead.
  private func refusal(_ verb: String, _ name: String, _ code: Int32) -> SystemError {
    switch code {
    case ELOOP:
      SystemError(
        "\(verb) \(path.path(to: name)), where a symbolic link is in the way that is not followed", code: code)
    case EXDEV:
      SystemError("\(verb) \(path.path(to: name)), which is outside of the folder or on another mount", code: code)
    default: SystemError("\(verb) \(path.path(to: name))", code: code)
    }
  }
}

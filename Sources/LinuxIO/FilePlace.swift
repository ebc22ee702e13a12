internal import CLinux
internal import Glibc
internal import Text

/// Place in the file system that a path leads to: two paths lead to the same place, or one into the other, through symbolic
/// and hard links, `..`, other spellings and bind mounts, and also where nothing exists yet.
///
/// It is what the file system was when the place was made; nothing is kept open.
public struct FilePlace: Sendable {
  /// A file or folder, by its device and inode.
  private struct Identity: Hashable {
    let device: UInt64
    let inode: UInt64
  }

  /// The path, as it was given.
  public let path: String
  /// True when something is there.
  public var exists: Bool { file != nil || (names.isEmpty && !folders.isEmpty) }

  /// The deepest folder on the way that exists, and all above it, up to the root.
  private let folders: [Identity]
  /// What follows below that folder: nothing for a folder that exists.
  private let names: [[UInt8]]
  /// The file there, unless it is a folder.
  private let file: Identity?
  /// The place within its file system, which is the same however often that is mounted; nil: not known.
  private let location: MountedLocation?

  /// Follows `path`, as opening it would.
  public init(_ path: String) {
    var walk = Walk(path)
    walk.follow()
    self.init(path, walk.folder, names: walk.names, file: walk.file)
  }

  /// The place of an open folder.
  public init(_ directory: Directory) {
    self.init(directory.path, directory.descriptor, names: [], file: nil)
  }

  private init(_ path: String, _ folder: Descriptor?, names: [[UInt8]], file: Identity?) {
    self.path = path
    self.names = names
    self.file = file
    folders = folder.map(Self.chain(from:)) ?? []
    location = folder.flatMap(MountedLocation.init(of:))
  }

  /// True when both paths lead to one file or folder, or would once it is made.
  public func isSame(as other: FilePlace) -> Bool {
    if let file, let otherFile = other.file, file == otherFile { return true }
    if let location, let otherLocation = other.location, location.names + names == otherLocation.names + other.names,
      location.device == otherLocation.device
    {
      return true
    }
    guard let folder = folders.first, folder == other.folders.first else { return false }
    return names == other.names
  }

  /// True when this place is below the other one, at any depth.
  public func isInside(_ other: FilePlace) -> Bool {
    guard other.file == nil else { return false }
    if let location, let otherLocation = other.location, location.device == otherLocation.device {
      let (mine, theirs) = (location.names + names, otherLocation.names + other.names)
      if mine.count > theirs.count, mine.starts(with: theirs) { return true }
    }
    guard let folder = other.folders.first else { return false }
    guard folders.first == folder else { return other.names.isEmpty && folders.contains(folder) }
    return names.count > other.names.count && names.starts(with: other.names)
  }

  /// A folder, and all above it.
  private static func chain(from folder: Descriptor) -> [Identity] {
    var chain: [Identity] = []
    var current = folder
    while let identity = identity(of: current)?.identity, identity != chain.last {
      chain.append(identity)
      guard let next = open(current, above) else { break }
      current = next
    }
    return chain
  }

  private static func identity(of file: Descriptor) -> (identity: Identity, type: mode_t)? {
    var status = stat()
    // Safe: the call fills a local.
    guard unsafe fstat(file.rawValue, &status) == 0 else { return nil }
    return (Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino)), status.st_mode & S_IFMT)
  }

  private static func open(_ folder: Descriptor?, _ name: [UInt8]) -> Descriptor? {
    // Safe: the name is only read, up to its zero.
    let raw = unsafe clinux_open_path(folder?.rawValue ?? AT_FDCWD, name.map { CChar(bitPattern: $0) } + [0])
    return raw >= 0 ? Descriptor(owning: raw) : nil
  }

  /// Goes along a path, link by link.
  private struct Walk {
    /// As many as the system follows.
    private static let maximumLinks = 40

    private(set) var folder: Descriptor?
    private(set) var names: [[UInt8]] = []
    private(set) var file: Identity?
    /// What is still to be gone, the next part last.
    private var rest: [[UInt8]] = []
    private var links = 0

    init(_ path: String) {
      enter(path.fileNameBytes, from: FilePlace.open(nil, here))
    }

    /// Puts a path before the rest.
    private mutating func enter(_ path: [UInt8], from folder: Descriptor?) {
      self.folder = path.first == UInt8(ascii: "/") ? FilePlace.open(nil, [UInt8(ascii: "/")]) : folder
      rest += MountedLocation.parts(path).reversed()
    }

    mutating func follow() {
      while let name = rest.popLast() {
        if name == here { continue }
        guard names.isEmpty else {
          file = nil
          if name == above { names.removeLast() } else { names.append(name) }
          continue
        }
        guard let folder, let next = FilePlace.open(folder, name), let found = FilePlace.identity(of: next) else {
          names.append(name)
          continue
        }
        if found.type == S_IFDIR {
          self.folder = next
        } else if found.type == S_IFLNK, links < Self.maximumLinks,
          let target = MountedLocation.target(of: "", in: next.rawValue)
        {
          links += 1
          enter(target, from: folder)
        } else {
          file = found.identity
          names.append(name)
        }
      }
    }
  }
}

private let here = Array(".".utf8)
private let above = Array("..".utf8)

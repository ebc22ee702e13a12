import Display
import FuzzSupport
import Glibc
import LinuxIO
import PNG

/// The folders of this process, below `TMPDIR` or in memory, and the files that stay the same for all inputs.
enum Workplace {
  static let path: String = {
    // Safe: the environment is read once, and nobody writes to it.
    let base = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/dev/shm"
    return "\(base)/fuzz-dump-\(getpid())"
  }()
  /// The folder that is opened.
  static let source = expect("making a folder") { try makeFolder("source") }

  /// Two images of one size, and a cursor.
  static let first = StoredImage(Size(width: 6, height: 4), .opaque, Color(red: 200, green: 10, blue: 90))
  static let second = StoredImage(Size(width: 6, height: 4), .opaque, Color(red: 10, green: 120, blue: 30))
  static let cursor = StoredImage(Size(width: 3, height: 3), .alpha, Color(red: 60, green: 60, blue: 60, alpha: 128))

  static func makeFolder(_ name: String) throws -> Directory {
    let folder = try Directory.make("\(path)/\(name)")
    try folder.makeDirectory("frames")
    try folder.makeDirectory("cursors")
    return folder
  }

  /// Takes everything out of a folder, but for its folders.
  static func clear(_ folder: Directory) throws {
    for name in try folder.names() where name != "frames" && name != "cursors" { try folder.remove(name) }
    for inner in ["frames", "cursors"] {
      for name in try folder.names(in: inner) { try folder.remove("\(inner)/\(name)") }
    }
  }

  static func write(_ bytes: [UInt8], to name: String) throws {
    try source.replace(name, with: bytes, through: name + ".new")
  }

  /// Every file of a folder that a dump may have, by its name.
  static func files(of path: String) throws -> [String: [UInt8]] {
    let folder = try Directory(path)
    var files: [String: [UInt8]] = [:]
    for name in try folder.names() where name != "frames" && name != "cursors" { files[name] = try read(folder, name) }
    for inner in ["frames", "cursors"] {
      for name in try folder.names(in: inner) { files["\(inner)/\(name)"] = try read(folder, "\(inner)/\(name)") }
    }
    return files
  }

  private static func read(_ folder: Directory, _ name: String) throws -> [UInt8] {
    let file = try folder.open(name)
    return try file.read(Int(file.status().size), at: 0)
  }
}

/// The bytes of a PNG file and the hash of its image.
struct StoredImage: Sendable {
  let hash: FrameHash
  let bytes: [UInt8]

  init(_ size: Size, _ kind: Image.Kind, _ color: Color) {
    let image = expect("making an image") { try Image(size: size, kind: kind) }
    image.surface.fill(Rectangle(x: 1, y: 1, width: size.width - 2, height: 1), with: color)
    hash = FrameHash(of: image)
    bytes = PNGEncoder().encode(image, hash: hash)
  }
}

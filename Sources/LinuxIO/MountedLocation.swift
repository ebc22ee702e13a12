internal import Glibc
internal import Text

/// Location of a folder within its file system, which all bind mounts of the folder share.
struct MountedLocation: Equatable {
  /// The file system, as `/proc/self/mountinfo` names it: `8:1`.
  let device: String
  /// The way from the root of the file system, in names as the file system has them.
  let names: [[UInt8]]

  /// Looks an open folder up; nil when `/proc` does not say.
  init?(of folder: Descriptor) {
    guard let path = Self.target(of: "/proc/self/fd/\(folder.rawValue)"),
      let mount = Self.lines(of: "/proc/self/fdinfo/\(folder.rawValue)").first(where: { $0.hasPrefix("mnt_id:") }),
      let id = Int(mount.split(whereSeparator: { $0 == "\t" || $0 == ":" }).last ?? "")
    else { return nil }
    for line in Self.lines(of: "/proc/self/mountinfo") {
      // The mount, the one above it, the device, the folder that is mounted, and where.
      let words = line.split(separator: " ").map(String.init)
      guard words.count > 4, Int(words[0]) == id else { continue }
      let (all, point) = (Self.parts(path), Self.parts(Self.unescaped(words[4])))
      guard all.starts(with: point) else { return nil }
      device = words[2]
      names = Self.parts(Self.unescaped(words[3])) + all.dropFirst(point.count)
      return
    }
    return nil
  }

  /// The parts of a path.
  static func parts(_ path: [UInt8]) -> [[UInt8]] {
    path.split(separator: UInt8(ascii: "/")).map(Array.init)
  }

  /// Where a link leads; `folder`: that of a relative path, or with an empty path the open link itself.
  static func target(of path: String, in folder: Int32 = AT_FDCWD) -> [UInt8]? {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
    // Safe: at most as many bytes as the array has are written.
    let count = unsafe readlinkat(folder, path, &bytes, bytes.count)
    return count > 0 ? bytes.prefix(count).map { UInt8(bitPattern: $0) } : nil
  }

  /// Blanks and backslashes are written as three octal digits, and bytes that are not text are left as they are.
  private static func unescaped(_ word: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = word.fileNameBytes[...]
    while let byte = rest.popFirst() {
      let digits = String(decoding: rest.prefix(3), as: UTF8.self)
      if byte == UInt8(ascii: "\\"), digits.utf8.count == 3, let value = UInt8(digits, radix: 8) {
        bytes.append(value)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return bytes
  }

  /// The lines of a file that the kernel makes when it is read.
  private static func lines(of path: String) -> [String] {
    // Safe: the path is only read, up to its zero.
    let raw = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard raw >= 0 else { return [] }
    let bytes = (try? Descriptor(owning: raw).read(1 << 22, at: 0)) ?? []
    return bytes.split(separator: UInt8(ascii: "\n")).map { String(fileName: Array($0)) }
  }
}

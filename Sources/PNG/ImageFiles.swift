public import LinuxIO
internal import Text

/// The PNG files in a folder and in the folders below it: a set of images, each named by its path.
///
/// Names that begin with a dot are left out, and so are files whose name is not that of an image (`README.md`). Entries
/// that look like images of the set but cannot be read as such are listed as obstacles, so that they are not
/// overlooked.
public struct ImageFiles: Sendable {
  /// An entry that looks like an image of the set and is not a PNG file, such as a link to a folder.
  public struct Obstacle: Sendable, Hashable {
    /// Its path, relative to the folder.
    public let file: String
    /// What it is, as the end of a sentence that begins with the path: `is a link to a folder, which is not followed`.
    public let reason: String
  }

  /// The most files that are listed.
  public static let maximumFiles = 1_000_000
  /// How many folders may lie in each other.
  public static let deepest = 16

  /// The paths of the files, relative to the folder, in the order of their bytes within each folder.
  public private(set) var files: [String] = []
  /// Entries that look like images of the set and are not PNG files.
  public private(set) var obstacles: [Obstacle] = []
  /// True when there are more than ``maximumFiles``; the others are not listed.
  public private(set) var isCutOff = false

  /// Looks at all of the folder `start` in `folder` (nil: at all of `folder`). A link to a file counts as the file; a link to
  /// a folder is not followed.
  public init(_ folder: Directory, in start: String? = nil) throws(SystemError) {
    try add(start.map { "\($0)/" } ?? "", of: folder, depth: 0)
  }

  private mutating func add(_ prefix: String, of folder: Directory, depth: Int) throws(SystemError) {
    for entry in try folder.entries(in: prefix.isEmpty ? "." : String(decoding: prefix.utf8.dropLast(), as: UTF8.self))
    {
      let path = prefix + entry.name
      guard entry.name.utf8.first != UInt8(ascii: "."), !isCutOff else { continue }
      guard files.count + obstacles.count < Self.maximumFiles else {
        isCutOff = true
        return
      }
      let isPNG = Self.isPNG(entry.name)
      switch entry.kind {
      case .folder where isPNG: obstacles.append(Obstacle(file: path, reason: "is a folder, not a PNG image"))
      case .folder where depth == Self.deepest:
        obstacles.append(
          Obstacle(file: path, reason: "lies in more than \(Self.deepest) folders, and is not looked into"))
      case .folder: try add(path + "/", of: folder, depth: depth + 1)
      case .link where !isPNG && (try? folder.names(in: path)) != nil:
        obstacles.append(Obstacle(file: path, reason: "is a link to a folder, which is not followed"))
      case .file, .link, .other:
        if isPNG {
          files.append(path)
        } else if Self.isOtherImage(entry.name) {
          obstacles.append(Obstacle(file: path, reason: "is not a PNG image: convert it, or move it elsewhere"))
        }
      }
    }
  }

  /// True for names that end with `.png`, in any case of the letters.
  public static func isPNG(_ name: String) -> Bool { suffix(of: name) == "png" }

  private static func isOtherImage(_ name: String) -> Bool {
    ["jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff", "avif", "jxl", "ppm", "pnm", "qoi", "apng"]
      .contains(suffix(of: name))
  }

  private static func suffix(of name: String) -> String? {
    guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
    return String(name[name.utf8.index(after: dot)...]).lowercased()
  }
}

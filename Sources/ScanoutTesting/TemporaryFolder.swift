internal import Foundation

/// Folder for one test, which is removed with this object. Its path is short enough for a socket inside.
public final class TemporaryFolder {
  /// The folder's path.
  public let path = "/tmp/scanout-test-\(UInt64.random(in: 0 ... .max))"

  /// Makes an empty folder.
  public convenience init() throws {
    self.init(unmade: ())
    try makeFolder(".")
  }

  private init(unmade: Void) {}

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// A folder for a stored property of a suite, whose default value cannot throw. Where it cannot be made, it is missing,
  /// and the first use of it fails.
  public static func forSuite() -> TemporaryFolder {
    let folder = TemporaryFolder(unmade: ())
    try? folder.makeFolder(".")
    return folder
  }

  /// The path of a file or folder inside.
  public func path(_ name: String) -> String { "\(path)/\(name)" }

  /// The names of what lies directly inside, in order.
  public var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }

  /// Makes a folder inside, and those above it.
  public func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
  }

  /// Writes a file, and makes the folders above it.
  public func write(_ bytes: [UInt8], to name: String) throws {
    let url = URL(fileURLWithPath: path(name))
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }

  /// Writes a text file, and makes the folders above it.
  public func write(_ text: String, to name: String) throws {
    try write(Array(text.utf8), to: name)
  }

  /// The bytes of a file.
  public func bytes(of name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name))))
  }
}

internal import LinuxIO

/// A golden of which only Git LFS's pointer is there: the one mistake that everybody makes who keeps pictures in Git.
public struct UnfetchedGolden: Error, Equatable, CustomStringConvertible {
  /// The file.
  public let file: String

  /// A sentence.
  public var description: String { "\(file) is a Git LFS pointer, not the picture: run git lfs pull" }

  /// True for a file that begins as such a pointer does.
  static func isPointer(_ file: Descriptor) -> Bool {
    let start = Array("version https://git-lfs.github.com/".utf8)
    return (try? file.read(start.count, at: 0)) == start
  }
}

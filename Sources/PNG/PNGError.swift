public import Display
internal import Glibc
public import LinuxIO
internal import Text

/// A PNG file that cannot be read.
public struct PNGError: Error, Equatable, CustomStringConvertible {
  /// What is wrong with it.
  public enum Reason: Equatable, Sendable {
    /// There is no such file.
    case missing
    /// The system does not give its bytes.
    case unreadable(SystemError)
    /// It has no bytes.
    case empty
    /// It starts with something else.
    case notPNG
    /// Git LFS has left its pointer in the place of the file.
    case unfetched
    /// It is in the form that Xcode makes for iOS, which is not PNG: its first chunk is `CgBI`.
    case appleForm
    /// It ends in the middle.
    case truncated
    /// Its header asks for an image without pixels, or with more than ``Image/largestArea``.
    case impossibleSize(Size)
    /// It has more bytes than any image needs.
    case tooLong(bytes: UInt64)
    /// So many bytes follow its end.
    case bytesAfterEnd(Int)
    /// A checksum, the order of its chunks, its header or its data is wrong; the text says which.
    case damaged(String)
  }

  /// The file, as it was named when it was opened.
  public let file: String
  /// What is wrong with it.
  public let reason: Reason

  init(_ file: String, _ reason: Reason) {
    self.file = file
    self.reason = reason
  }

  /// The system does not give a file.
  package init(_ file: String, _ error: SystemError) {
    self.init(file, error.code == ENOENT ? .missing : .unreadable(error))
  }

  /// A sentence.
  public var description: String {
    let file = self.file.printable
    return switch reason {
    case .missing: "\(file): there is no such file"
    case .unreadable(let error): "\(file) cannot be read: \(error.reason)"
    case .empty: "\(file) is empty: a PNG image was expected; write or copy it again"
    case .notPNG: "\(file) is not a PNG image"
    case .unfetched: "\(file) is a Git LFS pointer, not the image: run git lfs pull"
    case .appleForm:
      "\(file) has the form that Xcode makes for iOS (CgBI), which is not PNG; convert it with "
        + "xcrun pngcrush -revert-iphone-optimizations, or use the file from before the build"
    case .truncated: "\(file) is a PNG image that ends in the middle; write or copy it again"
    case .impossibleSize(let size):
      "\(file) is a PNG image of \(size) pixels; sides of 1 to \(Surface.largestSide) and "
        + "\(Image.largestArea) pixels in all can be read"
    case .tooLong(let bytes): "\(file) has \(bytes) bytes; at most \(PNGFile.largestFile) are read"
    case .bytesAfterEnd(let number):
      "\(file) is a PNG image with \(count(number, "byte")) after its end; write or copy it again"
    case .damaged(let reason): "\(file) is a damaged PNG image: \(reason)"
    }
  }
}

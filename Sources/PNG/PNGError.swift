public import Display
internal import Glibc
public import LinuxIO

/// A PNG file that cannot be read.
public struct PNGError: Error, Equatable, CustomStringConvertible {
  /// What is wrong with it.
  public enum Reason: Equatable, Sendable {
    /// There is no such file.
    case missing
    /// The system does not give its bytes.
    case unreadable(SystemError)
    /// It starts with something else.
    case notPNG
    /// It ends in the middle.
    case truncated
    /// Its header asks for a picture without pixels, or with more than ``Picture/largestArea``.
    case impossibleSize(Size)
    /// It has more bytes than any picture needs.
    case tooLong(bytes: UInt64)
    /// libpng does not understand it, and says why.
    case damaged(String)
  }

  /// The file, as it was named by who asked.
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
    switch reason {
    case .missing: "\(file): there is no such file"
    case .unreadable(let error): "\(file) cannot be read: \(error.reason)"
    case .notPNG: "\(file) is not a PNG image"
    case .truncated: "\(file) is a PNG image that ends in the middle; write or copy it again"
    case .impossibleSize(let size):
      "\(file) is a PNG image of \(size) pixels; sides of 1 to \(Surface.largestSide) and "
        + "\(Picture.largestArea) pixels in all can be read"
    case .tooLong(let bytes): "\(file) has \(bytes) bytes; at most \(PNGFile.largestFile) are read"
    case .damaged(let words): "\(file) is a damaged PNG image: \(words)"
    }
  }
}

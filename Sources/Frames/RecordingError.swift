public import LinuxIO
public import PNG
internal import Text

/// A recording that cannot be read or played at all.
public enum RecordingError: Error, Equatable, CustomStringConvertible {
  /// The system reports an error for a file or folder of it.
  case unreadable(path: String, SystemError)
  /// The manifest is not one, for the reason given.
  case badManifest(path: String, String)
  /// It has no frames; the text says what was found instead.
  case noFrames(path: String, String)
  /// A file has more bytes, or a folder more files, than is read.
  case tooMuch(path: String, limit: String)
  /// The requested frame does not exist.
  case noSuchFrame(path: String, FramePosition, frames: Int)
  /// The last frame to play comes before the first one.
  case emptyRange(path: String, from: FramePosition, to: FramePosition)
  /// A frame's file cannot be read.
  case badFrame(PNGError)
  /// A frame's file holds another image than was recorded: it was edited by hand, or by a program that keeps chunks it
  /// does not know.
  case changedFrame(path: String)

  /// A sentence.
  public var description: String {
    switch self {
    case .unreadable(let path, let error): "\(path.printable) cannot be read: \(error.reason)"
    case .badManifest(let path, let why):
      "\(path.path(to: "manifest.json").printable) is not the manifest of a frame dump: \(why)"
    case .noFrames(let path, let found): "\(path.printable) holds no frame to show: \(found)"
    case .tooMuch(let path, let limit): "\(path.printable) is too large to be read: the limit is \(limit)"
    case .noSuchFrame(let path, let position, let frames):
      "\(path.printable) has no frame \(position): it has \(count(frames, "frame")) in all"
    case .emptyRange(let path, let from, let to):
      "\(path.printable): the last frame \(to) comes before the first frame \(from): give a later one"
    case .badFrame(let error): "\(error)"
    case .changedFrame(let path): "\(path.printable) holds another image than the one that was recorded"
    }
  }
}

public import Display
internal import Frames
public import LinuxIO
internal import Text

/// A dump that cannot be written.
public enum FrameDumpError: Error, Equatable, CustomStringConvertible {
  /// The folder holds a dump.
  case holdsDump(folder: String)
  /// The folder holds files that do not belong to a dump, such as the example.
  case holdsOtherFiles(folder: String, example: String)
  /// The folder has files with the names of a dump, and it is not certain that they are one, for the reason given.
  case holdsNoDump(folder: String, String)
  /// Another run writes to the folder.
  case inUse(folder: String)
  /// The folder is, contains or lies in an input of this run, at the second path.
  case isRead(folder: String, as: String)
  /// The folder cannot be written to.
  case notWritable(SystemError)
  /// The disk failed while the dump was written.
  case interrupted(folder: String, SystemError)
  /// The dump has reached the given part of its limit.
  case full(folder: String, DumpLimit)
  /// A scanout number or a surface size is larger than a dump can hold.
  case outOfRange(scanout: ScanoutID, Size?)
  /// The frames of the source show the cursor, and the dump was to be made without it.
  case cursorIsInFrames
  /// The name of a label is empty, too long, or has control characters.
  case badLabel(String)

  /// A sentence.
  public var description: String {
    switch self {
    case .holdsDump(let folder):
      "the folder \(folder) holds a frame dump already: name another folder, or overwrite it (--overwrite)"
    case .holdsOtherFiles(let folder, let example):
      "the folder \(folder) holds \(example), which does not belong to a frame dump: name an empty or a new folder"
    case .holdsNoDump(let folder, let reason):
      "the folder \(folder) is not known to hold a frame dump, so nothing in it is removed: \(reason); name an empty or "
        + "a new folder"
    case .inUse(let folder):
      "another run is writing a frame dump to the folder \(folder): wait for its end, or name another folder"
    case .isRead(let folder, let path):
      "the folder \(folder) cannot be written to, because it is, holds or lies in \(path.printable), which is only "
        + "read and must stay as it is: name another folder"
    case .notWritable(let error):
      "the frame dump cannot be started: \(error)"
    case .interrupted(let folder, let error):
      "the frame dump in \(folder) cannot go on: \(error); every frame written before is complete"
    case .full(let folder, let limit):
      "the frame dump in \(folder) cannot go on: its limit of \(limit) is reached; every frame written before is "
        + "complete; allow it more (--max-dump), or go on without it (--when-full stop)"
    case .outOfRange(let scanout, let size?):
      "scanout \(scanout) shows \(size) pixels, more than a frame dump can hold"
    case .outOfRange(let scanout, nil):
      "a frame dump holds scanouts \(FrameName.scanouts), and an event came for \(scanout)"
    case .cursorIsInFrames:
      "the cursor is part of this source's frames and cannot be taken out: dump them with the cursor"
    case .badLabel(let name):
      "“\(String(name.prefix(80)).printable)” cannot be the name of a label: it has 1 to 256 bytes and no control characters"
    }
  }
}

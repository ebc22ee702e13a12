internal import Frames
internal import PNG

/// The names of a dump's files. A name that is read from a file is taken only if it is one of these, so none leads out
/// of the folder.
enum DumpLayout {
  static let manifest = "manifest.json"
  static let events = "events.jsonl"
  static let frames = "frames"
  static let cursors = "cursors"
  /// What a file is called until all of it is there; one thread writes, so each folder has at most one.
  static let unfinished = ".unfinished"

  /// The file of a frame.
  static func file(of name: FrameName) -> String { "\(frames)/\(name.file)" }

  /// The frame that a name made by ``file(of:)`` belongs to.
  static func frameName(in file: String) -> FrameName? {
    guard file.hasPrefix("\(frames)/") else { return nil }
    let name = FrameName(file: String(file.dropFirst(frames.count + 1)))
    return name.position != nil && self.file(of: name) == file ? name : nil
  }

  /// The file of a cursor's image.
  static func cursor(_ hash: FrameHash) -> String { "\(cursors)/\(hash).png" }

  /// The hash in a name that ``cursor(_:)`` made.
  static func cursorHash(in name: String) -> FrameHash? {
    guard name.hasPrefix("\(cursors)/"), name.hasSuffix(".png") else { return nil }
    return FrameHash(String(name.dropFirst(cursors.count + 1).dropLast(4)))
  }

  /// The name beside a file's own under which it is written first.
  static func temporary(for name: String) -> String {
    name.split(separator: "/").dropLast().map { "\($0)/" }.joined() + unfinished
  }
}

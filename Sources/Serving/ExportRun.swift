internal import Display
internal import FrameDump
public import Frames
internal import Glibc
internal import LinuxIO
internal import PNG
internal import Text

/// Export of selected frames of a recording: a PNG file for each, with the name that its selection gives it.
///
/// This is how goldens are made. Either all files are written or, when a selector selects nothing, none.
public struct ExportRun {
  /// A file that was written.
  public struct ExportedFrame: Sendable, Encodable {
    /// Its path, relative to the folder.
    public let file: String
    /// What selected the frame.
    public let selector: FrameSelector
    /// What the recording calls the frame.
    public let recordedFrame: FrameName
    /// True when every pixel is black: the screen of a guest that has not started yet.
    public let isBlack: Bool
    /// False when the file was there already, with the same bytes.
    public let isNew: Bool
  }

  /// A selection that selects nothing.
  public struct NotReached: Sendable, Encodable {
    /// Its name.
    public let name: FrameName
    /// Its selector.
    public let selector: FrameSelector
    /// What there is instead.
    public let problem: String
  }

  /// The files, in the order of the selections.
  public private(set) var frames: [ExportedFrame] = []
  /// The selections that select nothing; if there is one, no file was written.
  public private(set) var notReached: [NotReached] = []
  /// Problems of the recording, as sentences.
  public let problems: [String]

  /// What a file is called until all of it is there.
  private static let unfinished = ".unfinished"

  private struct Selected {
    let name: FrameName
    let selector: FrameSelector
    let recordedFrame: FrameName
    let isBlack: Bool
    let bytes: [UInt8]
  }

  /// Writes the selected frames of the recording at `source` to a folder, which is made if it does not exist. `overwrites`:
  /// replaces files that hold another image; without it, such a file is an error, and nothing is written.
  public init(source: String, selections: [FrameSelection], to path: String, overwrites: Bool = false) throws {
    let recording = try Recording.open(source)
    problems = recording.problems
    var selected: [Selected] = []
    for (selection, outcome) in zip(selections, try recording.search(selections.map(\.selector))) {
      switch outcome {
      case .notReached(let problem):
        notReached.append(NotReached(name: selection.name, selector: selection.selector, problem: problem))
      case .selected(let frame):
        for showsCursor in frame.cursorFile == nil ? [false] : [false, true] {
          // Decoded: what is not the recorded image does not become a golden.
          let image = try recording.image(of: frame, showingCursor: showsCursor)
          let file = try recording.file(of: frame, showingCursor: showsCursor)
          selected.append(
            Selected(
              name: selection.name(showingCursor: showsCursor), selector: selection.selector,
              recordedFrame: recording.form == .images
                ? FrameName(file: showsCursor ? frame.cursorFile ?? frame.file : frame.file)
                : FrameName(scanout: frame.scanout, number: frame.number, showsCursor: showsCursor),
              isBlack: try Self.isBlack(image), bytes: try file.content().bytes))
        }
      }
    }
    guard notReached.isEmpty else { return }
    try write(selected, to: try Directory.make(path), overwrites: overwrites)
  }

  private mutating func write(_ selected: [Selected], to folder: Directory, overwrites: Bool) throws {
    var isThere: [Bool] = []
    for frame in selected {
      let isSame = try Self.holds(frame.bytes, folder, frame.name.file)
      guard overwrites || isSame != false else { throw ExistingFile(path: folder.path.path(to: frame.name.file)) }
      isThere.append(isSame == true)
    }
    for (frame, isThere) in zip(selected, isThere) {
      if !isThere {
        var above = ""
        for part in frame.name.file.pathParts.dropLast() {
          above += above.isEmpty ? part : "/\(part)"
          try folder.makeDirectory(above)
        }
        let temporary = above.isEmpty ? Self.unfinished : above.path(to: Self.unfinished)
        try folder.replace(frame.name.file, with: frame.bytes, through: temporary)
      }
      frames.append(
        ExportedFrame(
          file: frame.name.file, selector: frame.selector, recordedFrame: frame.recordedFrame, isBlack: frame.isBlack,
          isNew: !isThere))
    }
  }

  private static func isBlack(_ image: Image) throws(SurfaceError) -> Bool {
    let black = try Surface(size: image.size, format: .b8g8r8x8)
    black.fill(Rectangle(image.size), with: Color(red: 0, green: 0, blue: 0))
    return image.hasSamePixels(as: try Image(copying: black))
  }

  /// Whether a file has these bytes; nil when there is no such file.
  private static func holds(_ bytes: [UInt8], _ folder: Directory, _ name: String) throws(SystemError) -> Bool? {
    do throws(SystemError) {
      let file = try folder.openBeneath(name)
      guard try file.status().size == UInt64(bytes.count) else { return false }
      return try file.read(bytes.count, at: 0) == bytes
    } catch {
      if error.code == ENOENT { return nil }
      throw error
    }
  }

  /// A file that would be replaced.
  private struct ExistingFile: Error, CustomStringConvertible {
    let path: String
    var description: String {
      "\(path.printable) exists and is another image, so nothing was written: add --overwrite to replace it, or name another "
        + "folder"
    }
  }
}

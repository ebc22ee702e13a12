public import Display
internal import LinuxIO
public import PNG
internal import Text

/// What is in a folder of frames, read and checked, and ready to be judged, described or played.
///
/// Two forms are read: a dump, as ``FrameDumpSink`` writes it, finished or not, and any folder of PNG files. A file's
/// content is never believed: what is damaged or missing becomes one of the ``problems``, and everything else is
/// served. Opening reads the head of each frame, and decodes none.
public struct Recording: Sendable {
  /// What kind of folder it is.
  public enum Form: String, Sendable, Codable {
    /// One with a manifest.
    case dump
    /// One with PNG files.
    case pictures
  }

  /// The folder, as it was named by who asked.
  public let path: String
  /// What kind of folder it is.
  public let form: Form
  /// How it was recorded. A dump of its replay that is made with these options has the same bytes, file by file.
  public let options: FrameDumpOptions
  /// False for a dump whose writer did not come to its end.
  public let isFinished: Bool
  /// The frames, in the order in which they were shown.
  public let frames: [RecordedFrame]
  /// Frames that cannot be served, beside ``frames``; a ``problems`` sentence says the same of the first hundred.
  public let lostFrames: [LostFrame]
  /// What was recorded on each scanout, in their order.
  public let scanouts: [RecordedScanout]
  /// What is wrong with the folder, if anything, in sentences.
  public let problems: [String]

  /// All events, in their order.
  let events: [RecordedEvent]
  let folder: Directory

  /// Reads the folder at `path`.
  ///
  /// The frames of a folder without a manifest have no times: they come `pictureRate` times a second.
  public static func open(_ path: String, pictureRate: Double = 60) throws(RecordingError) -> Recording {
    let folder: Directory
    let isDump: Bool
    do throws(SystemError) {
      folder = try Directory(path)
      isDump = try folder.names().contains(DumpLayout.manifest)
    } catch {
      throw .unreadable(path: path, error)
    }
    return isDump ? try DumpReader.read(folder) : try ImageFolderReader.read(folder, rate: pictureRate)
  }

  /// True when the folder at `path` is a dump, damaged or not: it has a manifest.
  public static func isDump(_ path: String) throws(RecordingError) -> Bool {
    do throws(SystemError) {
      return try Directory(path).names().contains(DumpLayout.manifest)
    } catch {
      throw .unreadable(path: path, error)
    }
  }

  /// How long it lasts: the time of the last event.
  public var duration: DisplayTime { events.last?.time ?? .zero }

  /// The file of a frame; its head is read, and nothing decoded.
  ///
  /// `showingPointer`: as with ``RecordedFrame/pointerFile``, for frames that have one.
  public func file(of frame: RecordedFrame, showingPointer: Bool = false) throws(RecordingError) -> PNGFile {
    do throws(PNGError) {
      return try PNGFile(folder, showingPointer ? frame.pointerFile ?? frame.file : frame.file)
    } catch {
      throw .badFrame(error)
    }
  }

  /// Decodes a frame, which is checked against its hash, if it has one.
  ///
  /// `showingPointer`: as with ``RecordedFrame/pointerFile``, for frames that have one.
  public func picture(of frame: RecordedFrame, showingPointer: Bool = false) throws(RecordingError) -> Image {
    let name = showingPointer ? frame.pointerFile ?? frame.file : frame.file
    let picture: Image
    do throws(PNGError) {
      picture = try PNGFile(folder, name).decode(as: .opaque)
    } catch {
      throw .badFrame(error)
    }
    let hash = showingPointer ? frame.pointerHash : frame.hash
    guard picture.size == frame.size, hash == nil || hash == FrameHash(of: picture) else {
      throw .changedFrame(path: path.path(to: name))
    }
    return picture
  }

  /// Decodes a pointer's image.
  func pointer(_ hash: FrameHash) throws(RecordingError) -> Surface {
    let name = DumpLayout.cursor(hash)
    let picture: Image
    do throws(PNGError) {
      picture = try PNGFile(folder, name).decode(as: .alpha)
    } catch {
      throw .badFrame(error)
    }
    guard FrameHash(ofCursor: picture) == hash else { throw .changedFrame(path: path.path(to: name)) }
    return picture.surface
  }
}

/// One frame of a ``Recording``.
public struct RecordedFrame: Sendable, Hashable {
  /// Whose picture it is.
  public let scanout: ScanoutID
  /// Counted per scanout, from 1.
  public let number: Int
  /// When it was complete.
  public let time: DisplayTime
  /// Width and height in pixels.
  public let size: Size
  /// Its file, relative to the folder. Equal frames share one.
  public let file: String
  /// Which picture the file says it holds; nil for one that does not say, as other programs write them, or that holds
  /// one with alpha, which a frame shows without.
  public let hash: FrameHash?
  /// The file that shows the pointer too, in a dump that has both.
  public let pointerFile: String?
  /// Which picture that one says it holds.
  public let pointerHash: FrameHash?
}

/// One event of a recording, checked.
struct RecordedEvent: Sendable {
  /// What happened.
  enum Change: Sendable {
    case scanout(EventLine.Shown?)
    case damage(Rectangle)
    case frame(UInt64)
    case cursor(FrameHash, hotSpot: Point)
    case noCursor
    case cursorMoved(Point)
    case vsync(UInt64)
  }

  var change: Change
  let scanout: ScanoutID
  let time: DisplayTime
  /// The frame that it completed, as an index of ``Recording/frames``.
  var frame: Int?
}

extension PNGFile {
  /// Opens a file of a folder.
  init(_ folder: Directory, _ name: String) throws(PNGError) {
    let path = folder.path.path(to: name)
    let file: Descriptor
    do throws(SystemError) {
      file = try folder.open(name)
    } catch {
      throw PNGError(path, error)
    }
    try self.init(file, name: path)
  }
}

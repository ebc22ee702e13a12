public import Display
public import Frames
internal import LinuxIO
public import PNG
internal import Text

/// A folder of frames that is read: a dump, as ``FrameDumpSink`` writes it, finished or not, or any folder of PNG files.
///
/// Nothing in a file is trusted: what is damaged or missing becomes one of the ``problems``, and the rest can be read.
/// Opening reads the log and the head of each frame once, and decodes none. Of a dump, memory does not grow with
/// its length; of a folder of PNG files, the names are kept.
public struct Recording: RecordingReader {
  /// What kind of folder it is.
  public enum Form: String, Sendable, Codable {
    /// One with a manifest.
    case dump
    /// One with PNG files.
    case images = "pictures"
  }

  private enum Content: Sendable {
    case dump(DumpLog)
    case images(ImageFolder)
  }

  /// The folder, as it was named when it was opened.
  public let path: String
  /// How it was recorded, as its manifest says.
  public let properties: RecordingProperties
  /// Counts, sizes and problems of its events and frames.
  public let summary: RecordingSummary
  private let folder: Directory
  private let content: Content

  /// Reads the folder at `path`.
  ///
  /// The frames of a folder without a manifest have no times: they come `imageRate` times a second.
  public static func open(_ path: String, imageRate: Double = 60) throws(RecordingError) -> Recording {
    let folder: Directory
    let isDump: Bool
    do throws(SystemError) {
      folder = try Directory(path)
      isDump = try folder.names().contains(DumpLayout.manifest)
    } catch {
      throw .unreadable(path: path, error)
    }
    return isDump
      ? Recording(try DumpLog(folder)) : Recording(try ImageFolder(folder, rate: imageRate))
  }

  init(_ log: DumpLog) {
    path = log.folder.path
    let manifest = log.manifest
    properties = RecordingProperties(
      cursor: manifest.cursor, frames: manifest.frames, provenance: manifest.provenance,
      isFinished: manifest.incompleteness == nil)
    summary = log.summary
    folder = log.folder
    content = .dump(log)
  }

  private init(_ images: ImageFolder) {
    path = images.folder.path
    properties = RecordingProperties(provenance: Provenance(source: "a folder of PNG files"))
    summary = images.summary
    folder = images.folder
    content = .images(images)
  }

  /// True when the folder at `path` is a dump, damaged or not: it has a manifest.
  public static func isDump(_ path: String) throws(RecordingError) -> Bool {
    do throws(SystemError) {
      return try Directory(path).names().contains(DumpLayout.manifest)
    } catch {
      throw .unreadable(path: path, error)
    }
  }

  /// What kind of folder it is.
  public var form: Form {
    switch content {
    case .dump: .dump
    case .images: .images
    }
  }

  /// False for a dump whose writer did not come to its end.
  public var isFinished: Bool { properties.isFinished }
  /// How many frames it has.
  public var frameCount: Int { summary.frameCount }
  /// Summaries of the scanouts, sorted by scanout number.
  public var scanouts: [RecordedScanout] { summary.scanouts }
  /// Frames that cannot be served; a ``problems`` sentence says the same of the first hundred.
  public var lostFrames: [LostFrame] { summary.lostFrames }
  /// What is wrong with the folder, if anything, in sentences.
  public var problems: [String] { summary.problems }

  /// A reading position before the first event.
  public func makeCursor() throws(RecordingError) -> any RecordingCursor {
    switch content {
    case .images(let images): return ImageFolderCursor(images)
    case .dump(let log):
      do throws(SystemError) {
        return try DumpCursor(log)
      } catch {
        throw .unreadable(path: path.path(to: DumpLayout.events), error)
      }
    }
  }

  /// The file of a frame; its head is read, and nothing decoded. `showingCursor`: as with `RecordedFrame.cursorFile`, for
  /// frames that have one.
  public func file(of frame: RecordedFrame, showingCursor: Bool = false) throws(RecordingError) -> PNGFile {
    do throws(PNGError) {
      return try PNGFile(folder, showingCursor ? frame.cursorFile ?? frame.file : frame.file)
    } catch {
      throw .badFrame(error)
    }
  }

  /// Decodes a frame, which is checked against its hash, if it has one. `showingCursor`: as with
  /// `RecordedFrame.cursorFile`, for frames that have one.
  public func image(of frame: RecordedFrame, showingCursor: Bool) throws(RecordingError) -> Image {
    let name = showingCursor ? frame.cursorFile ?? frame.file : frame.file
    let image: Image
    do throws(PNGError) {
      image = try PNGFile(folder, name).decode(as: .opaque)
    } catch {
      throw .badFrame(error)
    }
    let hash = showingCursor ? frame.cursorHash : frame.hash
    guard image.size == frame.size, hash == nil || hash == FrameHash(of: image) else {
      throw .changedFrame(path: path.path(to: name))
    }
    return image
  }

  /// Decodes a cursor's image.
  public func surface(of cursor: RecordedCursor) throws(RecordingError) -> Surface {
    let image: Image
    do throws(PNGError) {
      image = try PNGFile(folder, cursor.file).decode(as: .alpha)
    } catch {
      throw .badFrame(error)
    }
    guard DumpLayout.cursorHash(in: cursor.file) == FrameHash(ofCursor: image) else {
      throw .changedFrame(path: path.path(to: cursor.file))
    }
    return image.surface
  }
}

extension RecordingReader {
  /// The options for a dump of its replay. The dump of a dump that is whole has the same bytes, file by file.
  public var options: FrameDumpOptions {
    FrameDumpOptions(
      cursor: properties.cursor, frames: properties.frames, provenance: properties.provenance,
      isInterrupted: !properties.isFinished || !summary.lostFrames.isEmpty)
  }
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

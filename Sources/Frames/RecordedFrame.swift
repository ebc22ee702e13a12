public import Display
public import PNG

/// One frame of a recording: an image that is new on its scanout.
public struct RecordedFrame: Sendable, Hashable {
  /// The scanout that showed it.
  public let scanout: ScanoutID
  /// Counted per scanout, from 1.
  public let number: Int
  /// When it was complete.
  public let time: DisplayTime
  /// Width and height in pixels.
  public package(set) var size: Size
  /// Its file, relative to the folder. Equal frames share one.
  public let file: String
  /// Hash of the image, as the file states it; nil for a file that states none, as other programs write them, or whose
  /// image has alpha, which a frame shows without.
  public let hash: FrameHash?
  /// The file that shows the cursor too, in a recording that has both.
  public let cursorFile: String?
  /// Hash of the image in that file.
  public let cursorHash: FrameHash?

  /// A frame.
  package init(
    scanout: ScanoutID, number: Int, time: DisplayTime, size: Size, file: String, hash: FrameHash?,
    cursorFile: String? = nil, cursorHash: FrameHash? = nil
  ) {
    self.scanout = scanout
    self.number = number
    self.time = time
    self.size = size
    self.file = file
    self.hash = hash
    self.cursorFile = cursorFile
    self.cursorHash = cursorHash
  }
}

public import Frames
public import PNG

/// A frame to be judged.
public struct CandidateFrame {
  /// Its name, which is that of its golden.
  public let name: FrameName
  /// The hash of the image, if it is known without decoding it. For a frame with a file: the hash that the file states,
  /// which is used only after a check of the file.
  public let hash: FrameHash?
  /// Gives its image.
  enum Source {
    /// Gives the image: called only if the hash is not known or not that of the golden.
    case image(() throws -> Image)
    /// Opens the file, whose path is `path`.
    case file(path: String, open: () throws -> PNGFile)
  }
  let source: Source
  /// What selected it, for a frame with a name of its own.
  private(set) var selector: FrameSelector?
  /// What its recording calls it, for such a frame.
  private(set) var recordedFrame: FrameName?

  /// A frame whose image is made on demand.
  public init(_ name: FrameName, hash: FrameHash?, load: @escaping () throws -> Image) {
    self.name = name
    self.hash = hash
    source = .image(load)
  }

  /// A frame with a decoded image.
  public init(_ name: FrameName, image: Image) {
    self.init(name, hash: FrameHash(of: image)) { image }
  }

  /// A frame that a file holds. `hash`: what the file states, or the recording. Frames with the same `path`
  /// share the file, which is checked once.
  public init(_ name: FrameName, hash: FrameHash?, path: String, open: @escaping () throws -> PNGFile) {
    self.name = name
    self.hash = hash
    source = .file(path: path, open: open)
  }

  /// The frame as one that was selected. `recordedFrame`: what its recording calls it.
  public func selected(by selector: FrameSelector, recordedFrame: FrameName) -> CandidateFrame {
    var frame = self
    (frame.selector, frame.recordedFrame) = (selector, recordedFrame)
    return frame
  }
}

/// Result of one frame or golden.
public struct JudgedFrame: Sendable, Codable, Equatable {
  /// Its name.
  public let name: FrameName
  /// The verdict.
  public let verdict: Verdict
  /// How the frame differs from its golden: for a mismatch.
  public internal(set) var difference: ImageDifference?
  /// The other frame whose golden this frame equals, for a frame that passed without a golden of its own.
  public internal(set) var substitute: FrameName?
  /// Why the frame or its golden cannot be read, or why a selector selects nothing.
  public internal(set) var problem: String?
  /// What selected the frame; nil: all frames are judged.
  public internal(set) var selector: FrameSelector?
  /// What the recording calls the frame that was selected.
  public internal(set) var recordedFrame: FrameName?
  /// The images in the results.
  public internal(set) var images: Images?

  /// The images of a frame in a ``ResultFolder``: paths relative to that folder; nil for one that is not there.
  public struct Images: Sendable, Codable, Equatable {
    /// The frame.
    public internal(set) var actual: String?
    /// Its golden.
    public internal(set) var expected: String?
    /// Where they differ.
    public internal(set) var diff: String?
  }

  init(_ name: FrameName, _ verdict: Verdict) {
    self.name = name
    self.verdict = verdict
  }
}

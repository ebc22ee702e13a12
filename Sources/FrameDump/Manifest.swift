internal import Display
internal import Frames

/// What `manifest.json` says. It is written when a dump starts, and again when it ends.
struct Manifest: Codable, Equatable {
  /// The only value of ``format``: what tells a dump from other folders with a manifest.
  static let knownFormat = "scanout frame dump"
  /// The version that is written.
  static let latestVersion = 3
  /// Every version that was ever written.
  static let knownVersions = 1...latestVersion

  /// One scanout's part.
  struct Scanout: Codable, Equatable {
    var scanout: ScanoutID
    /// How many frames it has.
    var frames = 0
    /// The sizes that it had, in the order in which they first came.
    var sizes: [Size] = []
    /// The formats that its surfaces had, likewise.
    var formats: [PixelFormat] = []

    /// Notes what the scanout shows now.
    mutating func note(_ surface: RecordedSurface) {
      if sizes.count < RecordedScanout.maximumSizes, !sizes.contains(surface.size) { sizes.append(surface.size) }
      if !formats.contains(surface.format) { formats.append(surface.format) }
    }
  }

  var format = knownFormat
  var version = latestVersion
  /// False until the end, and for good when the recording ended before its source did.
  var finished = false
  /// Why the recording ended early.
  var endedEarly: EarlyEnd?
  var cursor: CursorMode
  var frames: FrameMode
  var provenance: Provenance
  /// Empty until the end, early or not.
  var scanouts: [Scanout] = []

  /// The sentence for a recording that has not everything of its source; nil for one that has.
  var incompleteness: String? {
    if let endedEarly {
      return "the recording ended early: \(endedEarly); its frames up to then are complete"
    }
    return finished ? nil : "the recording did not finish; its frames up to then are complete"
  }

  init(finished: Bool, _ options: FrameDumpOptions, endedEarly: EarlyEnd? = nil, scanouts: [Scanout] = []) {
    self.finished = finished
    self.endedEarly = endedEarly
    cursor = options.cursor
    frames = options.frames
    provenance = options.provenance
    self.scanouts = scanouts
  }
}

internal import Display

/// What `manifest.json` says. It is written when a dump starts, and again when it ends.
struct Manifest: Codable, Equatable {
  /// The only value of ``format``: what tells a dump from other folders with a manifest.
  static let knownFormat = "scanout frame dump"
  /// The only version there is.
  static let knownVersion = 1

  /// How many sizes are listed: a guest may set a new one each time, and a manifest must stay short enough to be read.
  static let mostSizes = 100

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
    mutating func note(_ shown: EventLine.Shown) {
      if sizes.count < Manifest.mostSizes, !sizes.contains(shown.size) { sizes.append(shown.size) }
      if !formats.contains(shown.format) { formats.append(shown.format) }
    }
  }

  var format = knownFormat
  var version = knownVersion
  /// False until the end.
  var finished = false
  var cursor: CursorMode
  var frames: FrameMode
  var provenance: Provenance
  /// Empty until the end.
  var scanouts: [Scanout] = []

  init(finished: Bool, _ options: FrameDumpOptions, scanouts: [Scanout] = []) {
    self.finished = finished
    cursor = options.cursor
    frames = options.frames
    provenance = options.provenance
    self.scanouts = scanouts
  }
}

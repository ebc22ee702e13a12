internal import Display

/// One scanout of the device: its output, what it shows, its clock and its cursor.
struct Scanout {
  /// The connector as the guest sees it.
  var output: Output
  /// What is shown; nil: the scanout is off.
  var shown: Shown?
  /// How many frames it has had.
  var frames: UInt64 = 0
  /// How many times its clock has ticked.
  var ticks: UInt64 = 0
  /// When it ticks next, and the flushes that wait for it.
  var clock = VsyncClock()
  /// Its cursor.
  var cursor = ScanoutCursor()

  /// The part of a resource that a scanout shows.
  struct Shown {
    let resourceID: UInt32
    /// The part, in pixels of the resource.
    let rectangle: Rectangle
    /// Its pixels.
    let surface: Surface
    /// Where they come from before they are shown.
    let origin: Origin

    /// How many pixels it has.
    var area: UInt64 { rectangle.size.area }
  }

  /// How the pixels of a resource come into the surface that is shown.
  enum Origin {
    /// The surface is the resource's own.
    case resource
    /// The renderer's texture or blob is read back into it.
    case shadow
    /// The backing of a blob is copied into it, as the command says.
    case copiedBacking(SetScanoutBlob)
    /// It is the backing of a blob, as the command says.
    case backing(SetScanoutBlob)
    /// It is the mapped file of a host blob.
    case file

    /// True when the pixels are in the guest's memory.
    var isBacking: Bool {
      switch self {
      case .copiedBacking, .backing: true
      case .resource, .shadow, .file: false
      }
    }
  }

  /// Where a flushed part of a resource lies on this scanout; nil: it is not shown here.
  func damage(_ flushed: Rectangle, of resourceID: UInt32) -> Rectangle? {
    guard let shown, shown.resourceID == resourceID, var part = flushed.intersection(shown.rectangle) else {
      return nil
    }
    part.x -= shown.rectangle.x
    part.y -= shown.rectangle.y
    return part
  }
}

internal import Display

/// One output of the device, and what it shows.
struct Scanout {
  /// The monitor.
  var output: Output
  /// What is shown; nil: the output is off.
  var shown: Shown?
  /// How many frames it has had.
  var frames: UInt64 = 0
  /// How many times its clock has ticked.
  var ticks: UInt64 = 0
  /// When it ticks next, and flushes are answered that wait for it.
  var clock = VsyncClock()
  /// The cursor over it.
  var cursor = ScanoutCursor()

  /// A part of a resource on an output.
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

  /// What has to be done before the pixels of a surface are those of its resource.
  enum Origin {
    /// Nothing: they are.
    case itself
    /// The renderer's texture or blob is read back.
    case shadow
    /// The guest's pages of a blob are copied, as the command says.
    case pages(SetScanoutBlob)
    /// The guest's pages of a blob are the pixels, as the command says.
    case view(SetScanoutBlob)
    /// The file of a host blob is mapped.
    case file

    /// True when the pixels are in the guest's pages.
    var isBacking: Bool {
      switch self {
      case .pages, .view: true
      case .itself, .shadow, .file: false
      }
    }
  }

  /// Where a flushed part of a resource lies on this output; nil when it does not.
  func damage(_ flushed: Rectangle, of resourceID: UInt32) -> Rectangle? {
    guard let shown, shown.resourceID == resourceID, var part = flushed.intersection(shown.rectangle) else {
      return nil
    }
    part.x -= shown.rectangle.x
    part.y -= shown.rectangle.y
    return part
  }
}

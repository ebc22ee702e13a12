internal import Display

/// One output of the device, and what it shows.
struct Scanout {
  /// The monitor.
  var output: Output
  /// What is shown; nil: the output is off.
  var shown: Shown?
  /// How many flushes this output has shown.
  var ticks: UInt64 = 0
  /// True while the pointer is visible here.
  var hasCursor = false

  /// A part of a resource on an output.
  struct Shown {
    let resourceID: UInt32
    /// The part, in pixels of the resource.
    let rectangle: Rectangle
    let surface: Surface

    /// How many pixels it has.
    var area: UInt64 { rectangle.size.area }
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

internal import Display

/// The scanouts of the device, by their numbers.
struct ScanoutTable {
  private var scanouts: [Scanout]
  private let quota: Quota

  init(_ outputs: [Output], quota: Quota) {
    scanouts = outputs.map { Scanout(output: $0) }
    self.quota = quota
  }

  var count: Int { scanouts.count }
  var indices: Range<Int> { scanouts.indices }

  subscript(index: Int) -> Scanout {
    get { scanouts[index] }
    _modify { yield &scanouts[index] }
  }

  /// The index of the scanout that a command names.
  func require(_ id: UInt32) throws(CommandError) -> Int {
    guard let index = Int(exactly: id), scanouts.indices.contains(index) else {
      throw CommandError(.invalidScanoutID, "there is no scanout \(id): the device has \(scanouts.count)")
    }
    return index
  }

  /// Requires that the quota allows the rectangle's area on this scanout and, with what the others show, on all.
  func requireShowable(_ rectangle: Rectangle, on index: Int) throws(CommandError) {
    let others = scanouts.indices.reduce(UInt64(0)) { $1 == index ? $0 : $0 + (scanouts[$1].shown?.area ?? 0) }
    let area = rectangle.size.area
    guard area <= quota.scanoutArea, others + area <= quota.shownArea else {
      throw CommandError(
        .outOfMemory,
        "\(rectangle) on scanout \(index): \(area) pixels beside \(others) on others; \(quota.scanoutArea) are allowed on "
          + "one, and \(quota.shownArea) on all")
    }
  }

  /// True when a scanout shows the resource.
  func isShown(_ resourceID: UInt32) -> Bool {
    scanouts.contains { $0.shown?.resourceID == resourceID }
  }

  /// When the first of the clocks ticks; nil: none does.
  var nextTick: DisplayTime? {
    var earliest: DisplayTime?
    for scanout in scanouts {
      if let tick = scanout.clock.next { earliest = min(earliest ?? tick, tick) }
    }
    return earliest
  }
}

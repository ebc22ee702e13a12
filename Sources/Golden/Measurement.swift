internal import CPixels
internal import Display

/// What one pass over two images finds.
struct Measurement {
  /// Pixels that differ.
  let count: UInt64
  let red, green, blue, alpha: ChannelDelta
  let regions: RegionMap

  /// Compares what both images have in common from their top left corners.
  init(_ pixels: ComparedPixels) {
    let common = pixels.common
    var regions = RegionMap(common)
    // Safe: both images have these rows and columns, and there is a tile for each part of them.
    let totals = unsafe pixels.withImages { expected, actual in
      unsafe cpixels_compare(expected, actual, common.width, common.height, pixels.bytes, &regions.tiles)
    }
    count = totals.count
    self.regions = regions
    let (low, high) = (totals.lowest, totals.highest)
    let ranges = [(low.0, high.0), (low.1, high.1), (low.2, high.2), (low.3, high.3)]
    let deltas = Dictionary(
      uniqueKeysWithValues: zip(pixels.channels, ranges).map { channel, range in
        (channel, totals.count == 0 ? ChannelDelta() : ChannelDelta(lowest: Int(range.0), highest: Int(range.1)))
      })
    red = deltas[.red] ?? ChannelDelta()
    green = deltas[.green] ?? ChannelDelta()
    blue = deltas[.blue] ?? ChannelDelta()
    alpha = deltas[.alpha] ?? ChannelDelta()
  }
}

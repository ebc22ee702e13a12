internal import CPixels
internal import Display

/// Groups pixels that differ: those in tiles that touch are one region. The work is bounded by the number of tiles.
struct RegionMap {
  /// The sides of a tile in pixels. Differences less than a tile apart are one for the eye.
  private static let tile = Int(CPIXELS_TILE)

  private let columns: Int
  private let rows: Int
  /// For each tile, row by row: how many of its pixels differ, and the box around them in pixels of the image.
  var tiles: [cpixels_tile]

  init(_ size: Size) {
    columns = (Int(size.width) + Self.tile - 1) / Self.tile
    rows = (Int(size.height) + Self.tile - 1) / Self.tile
    tiles = [cpixels_tile](repeating: cpixels_tile(), count: columns * rows)
  }

  /// The boxes around the regions, the largest first.
  func regions() -> [Rectangle] {
    var isSeen = [Bool](repeating: false, count: tiles.count)
    var regions: [Rectangle] = []
    var open: [Int] = []
    for start in tiles.indices where tiles[start].count > 0 && !isSeen[start] {
      var (left, top, right, bottom) = (UInt16.max, UInt16.max, UInt16.min, UInt16.min)
      isSeen[start] = true
      open.append(start)
      while let index = open.popLast() {
        let tile = tiles[index]
        left = min(left, tile.left)
        top = min(top, tile.top)
        right = max(right, tile.right)
        bottom = max(bottom, tile.bottom)
        let (row, column) = (index / columns, index % columns)
        for nextRow in max(0, row - 1)...min(rows - 1, row + 1) {
          for nextColumn in max(0, column - 1)...min(columns - 1, column + 1) {
            let next = nextRow * columns + nextColumn
            if isSeen[next] || tiles[next].count == 0 { continue }
            isSeen[next] = true
            open.append(next)
          }
        }
      }
      regions.append(
        Rectangle(x: UInt32(left), y: UInt32(top), width: UInt32(right - left), height: UInt32(bottom - top)))
    }
    return regions.sorted { ($1.size.area, $0.y, $0.x) < ($0.size.area, $1.y, $1.x) }
  }
}

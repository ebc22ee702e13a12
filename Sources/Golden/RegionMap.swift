internal import Display

/// Groups pixels that differ: those in tiles that touch are one region.
struct RegionMap {
  /// The sides of a tile in pixels. Differences less than a tile apart are one for the eye.
  private static let tile = PixelSegments.length

  private let columns: Int
  private let rows: Int
  /// The box around what differs in each tile.
  private var tiles: [Rectangle?]

  init(_ size: Size) {
    columns = (Int(size.width) + Self.tile - 1) / Self.tile
    rows = (Int(size.height) + Self.tile - 1) / Self.tile
    tiles = [Rectangle?](repeating: nil, count: columns * rows)
  }

  /// Notes that the pixels `first` to `last` of a row are different, all inside one tile.
  mutating func add(first: Int, last: Int, row: Int) {
    let box = Rectangle(x: UInt32(first), y: UInt32(row), width: UInt32(last - first + 1), height: 1)
    let index = row / Self.tile * columns + first / Self.tile
    tiles[index] = tiles[index]?.union(box) ?? box
  }

  /// The boxes around the regions, the largest first.
  func regions() -> [Rectangle] {
    var rest = tiles
    var regions: [Rectangle] = []
    for start in rest.indices where rest[start] != nil {
      var region = Rectangle(x: 0, y: 0, width: 0, height: 0)
      var open = [start]
      while let index = open.popLast() {
        guard let box = rest[index] else { continue }
        rest[index] = nil
        region = region.union(box)
        open += neighbours(of: index)
      }
      regions.append(region)
    }
    return regions.sorted { ($1.size.area, $0.y, $0.x) < ($0.size.area, $1.y, $1.x) }
  }

  private func neighbours(of index: Int) -> [Int] {
    let (row, column) = (index / columns, index % columns)
    return (max(0, row - 1)...min(rows - 1, row + 1)).flatMap { row in
      (max(0, column - 1)...min(columns - 1, column + 1)).map { row * columns + $0 }
    }
  }
}

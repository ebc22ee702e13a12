import Display
import PNG

/// One form that the PNG specification allows, with an image in it whose samples are known.
struct Variant: CustomStringConvertible {
  enum SampleColor: UInt8, CaseIterable {
    case grey = 0
    case rgb = 2
    case palette = 3
    case greyAlpha = 4
    case rgba = 6

    var depths: [Int] {
      switch self {
      case .grey: [1, 2, 4, 8, 16]
      case .palette: [1, 2, 4, 8]
      case .rgb, .greyAlpha, .rgba: [8, 16]
      }
    }

    var channels: Int {
      switch self {
      case .grey, .palette: 1
      case .greyAlpha: 2
      case .rgb: 3
      case .rgba: 4
      }
    }
  }

  let color: SampleColor
  let bits: Int
  /// True with a `tRNS` chunk.
  let isTransparent: Bool
  let isInterlaced: Bool
  var width = 13
  var height = 11

  /// All that there are: 26, each interlaced and not.
  static let all: [Variant] = SampleColor.allCases.flatMap { color in
    color.depths.flatMap { bits in
      [false, true].flatMap { isTransparent in
        [false, true].compactMap { isInterlaced in
          isTransparent && color.channels % 2 == 0
            ? nil : Variant(color: color, bits: bits, isTransparent: isTransparent, isInterlaced: isInterlaced)
        }
      }
    }
  }

  var description: String {
    "\(color) \(bits)\(isTransparent ? " tRNS" : "")\(isInterlaced ? " interlaced" : "") \(width)x\(height)"
  }

  private var largest: Int { 1 << bits - 1 }

  /// A sample of the file. Neighbours differ, in both bytes where there are two, and all values come in turn.
  private func sample(_ x: Int, _ y: Int, _ channel: Int) -> Int {
    let mixed = (x &* 7919 &+ y &* 104_729 &+ channel &* 15_485_863 &+ 12345) &* 2_654_435_761
    return mixed >> 13 & largest
  }

  /// The colours of the palette, one fewer than there could be.
  private var palette: [[UInt8]] {
    (0..<max(2, 1 << bits)).map { index in
      (0..<3).map { UInt8(truncatingIfNeeded: (index + 1) * 37 + $0 * 91) }
    }
  }

  /// Alpha of the first colours of the palette; those that are not listed are opaque.
  private var paletteAlpha: [UInt8] { (0..<max(1, palette.count / 2)).map { UInt8(truncatingIfNeeded: $0 * 53) } }

  /// The transparent colour is that of one pixel.
  private var transparent: [Int] { (0..<color.channels).map { sample(width / 2, height / 2, $0) } }

  /// Red, green, blue and alpha of each pixel as 16 bits.
  var expected: [UInt16] {
    (0..<height).flatMap { y in (0..<width).flatMap { x in pixel(x, y) } }
  }

  private func pixel(_ x: Int, _ y: Int) -> [UInt16] {
    let samples = (0..<color.channels).map { sample(x, y, $0) }
    let scaled = samples.map { UInt16($0 * 65535 / largest) }
    let alpha: UInt16 = isTransparent && samples == transparent ? 0 : .max
    switch color {
    case .grey: return [scaled[0], scaled[0], scaled[0], alpha]
    case .rgb: return scaled + [alpha]
    case .greyAlpha: return [scaled[0], scaled[0], scaled[0], scaled[1]]
    case .rgba: return scaled
    case .palette:
      let entry = samples[0]
      let alpha = isTransparent && entry < paletteAlpha.count ? UInt16(paletteAlpha[entry]) * 257 : .max
      return palette[entry].map { UInt16($0) * 257 } + [alpha]
    }
  }

  /// The bytes of the file.
  var file: [UInt8] {
    var builder = PNGBuilder().header(
      UInt32(width), UInt32(height), bits: UInt8(bits), color: color.rawValue, interlace: isInterlaced ? 1 : 0)
    if color == .palette { builder = builder.adding("PLTE", palette.flatMap { $0 }) }
    if isTransparent {
      builder = builder.adding(
        "tRNS", color == .palette ? paletteAlpha : transparent.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] })
    }
    return builder.data(isInterlaced ? Self.passes.flatMap { rows($0) } : rows((0, 0, 1, 1))).end
  }

  /// Of each pass of an interlaced image: its first column and row, and the steps from one to the next.
  private static let passes = [
    (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2),
  ]

  /// The rows of a pass, each filtered in another way.
  private func rows(_ pass: (x: Int, y: Int, stepX: Int, stepY: Int)) -> [UInt8] {
    let columns = Array(stride(from: pass.x, to: width, by: pass.stepX))
    guard !columns.isEmpty else { return [] }
    var before: [UInt8] = []
    return stride(from: pass.y, to: height, by: pass.stepY).enumerated().flatMap { index, y in
      let row = packed(columns.flatMap { x in (0..<color.channels).map { sample(x, y, $0) } })
      defer { before = row }
      return filtered(row, before, by: UInt8(index % 5))
    }
  }

  private func packed(_ samples: [Int]) -> [UInt8] {
    if bits == 16 { return samples.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] } }
    var row = [UInt8](repeating: 0, count: (samples.count * bits + 7) / 8)
    for (index, sample) in samples.enumerated() {
      let place = index * bits
      row[place / 8] |= UInt8(sample << (8 - bits - place % 8))
    }
    return row
  }

  private func filtered(_ row: [UInt8], _ before: [UInt8], by filter: UInt8) -> [UInt8] {
    let step = max(1, bits * color.channels / 8)
    return [filter]
      + row.indices.map { index in
        let left = index >= step ? Int(row[index - step]) : 0
        let up = before.isEmpty ? 0 : Int(before[index])
        let corner = index >= step && !before.isEmpty ? Int(before[index - step]) : 0
        let guess: Int
        switch filter {
        case 1: guess = left
        case 2: guess = up
        case 3: guess = (left + up) / 2
        case 4:
          let all = [left, up, corner]
          let sum = left + up - corner
          guess = all.min { abs($0 - sum) < abs($1 - sum) } ?? 0
        default: guess = 0
        }
        return row[index] &- UInt8(truncatingIfNeeded: guess)
      }
  }
}

extension Image {
  /// Red, green, blue and alpha of each pixel as 16 bits.
  var samples: [UInt16] {
    // Safe: the samples and pixels that are there are read and copied.
    if let deep {
      return unsafe deep.withSamples { unsafe [UInt16](UnsafeBufferPointer(start: $0, count: deep.count)) }
    }
    // Safe: as above.
    let bytes = unsafe surface.withPixels {
      unsafe [UInt8](UnsafeRawBufferPointer(start: $0, count: surface.stride * Int(size.height)))
    }
    return stride(from: 0, to: bytes.count, by: 4).flatMap { at in
      [2, 1, 0, 3].map { UInt16(bytes[at + $0]) * 257 }
    }
  }
}

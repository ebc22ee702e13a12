import Display
import Golden
import PNG
import ScanoutTesting
import Testing

@Suite("The numbers of a difference, against a slow and simple count")
struct MeasurementTests {
  /// Numbers that are the same each time.
  private struct Numbers {
    var state: UInt64

    mutating func next(below bound: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33 % bound
    }
  }

  /// Red, green, blue and alpha of each pixel, in 8 or 16 bits.
  private struct ImageSamples {
    let size: Size
    let bits: Int
    var values: [UInt16]

    func image() throws -> Image {
      let folder = try TemporaryFolder()
      try folder.write(SamplesFile.bytes(size, bits: bits, values), to: "x.png")
      return try PNGFile(path: "\(folder.path)/x.png").decode()
    }

    func pixel(_ x: Int, _ y: Int) -> [Int] {
      let start = (y * Int(size.width) + x) * 4
      return values[start..<start + 4].map { Int($0) }
    }
  }

  /// An image, and another one of which one in `rarity` pixels is changed.
  private func pair(_ seed: UInt64, bits: Int) -> (ImageSamples, ImageSamples) {
    var numbers = Numbers(state: seed)
    let size = Size(width: UInt32(numbers.next(below: 40)) + 1, height: UInt32(numbers.next(below: 40)) + 1)
    let largest = UInt64(1) << bits
    let expected = ImageSamples(
      size: size, bits: bits, values: (0..<Int(size.area) * 4).map { _ in UInt16(numbers.next(below: largest)) })
    var actual = expected
    let rarity = [1, 3, 50, 400][Int(seed % 4)] as UInt64
    for pixel in 0..<Int(size.area) where numbers.next(below: rarity) == 0 {
      actual.values[pixel * 4 + Int(numbers.next(below: 4))] = UInt16(numbers.next(below: largest))
    }
    return (expected, actual)
  }

  @Test("count, box and ranges are exact", arguments: [8, 16])
  func exact(bits: Int) throws {
    for seed in UInt64(1)...60 {
      let (expected, actual) = pair(seed, bits: bits)
      let places = (0..<Int(expected.size.height)).flatMap { y in (0..<Int(expected.size.width)).map { ($0, y) } }
      let wrong = places.filter { expected.pixel($0.0, $0.1) != actual.pixel($0.0, $0.1) }
      let difference = try ImageDifference(expected: expected.image(), actual: actual.image())
      #expect((difference == nil) == wrong.isEmpty, "seed \(seed)")
      guard let difference, let left = wrong.map(\.0).min(), let right = wrong.map(\.0).max() else { continue }
      let (top, bottom) = (wrong.map(\.1).min() ?? 0, wrong.map(\.1).max() ?? 0)
      #expect(difference.differingPixels == UInt64(wrong.count), "seed \(seed)")
      #expect(
        difference.boundingBox
          == Rectangle(
            x: UInt32(left), y: UInt32(top), width: UInt32(right - left + 1), height: UInt32(bottom - top + 1)),
        "seed \(seed)")
      let ranges = (0..<4).map { channel in
        let deltas = wrong.map { actual.pixel($0.0, $0.1)[channel] - expected.pixel($0.0, $0.1)[channel] }
        return (deltas.min() ?? 0)...(deltas.max() ?? 0)
      }
      let found = [difference.red, difference.green, difference.blue, difference.alpha].map { $0.lowest...$0.highest }
      // Where eight bits say all of both images they are compared in eight.
      let factor = bits == 16 && difference.bits == 8 ? 257 : 1
      #expect(found.map { $0.lowerBound * factor...$0.upperBound * factor } == ranges, "seed \(seed)")
    }
  }
}

/// Writes RGBA files of 8 or 16 bits, without a compressor.
enum SamplesFile {
  static func bytes(_ size: Size, bits: Int, _ values: [UInt16]) -> [UInt8] {
    let row = Int(size.width) * 4
    var data: [UInt8] = []
    for y in 0..<Int(size.height) {
      data.append(0)
      for value in values[y * row..<(y + 1) * row] {
        if bits == 16 { data.append(UInt8(value >> 8)) }
        data.append(UInt8(value & 255))
      }
    }
    let length = UInt16(data.count)
    var stored: [UInt8] = [0x78, 0x01, 0x01]
    for word in [length, ~length] { stored += [UInt8(word & 255), UInt8(word >> 8)] }
    stored += data + big(adler(data))
    let header = big(size.width) + big(size.height) + [UInt8(bits), 6, 0, 0, 0]
    let signature: [UInt8] = [137, 80, 78, 71, 13, 10, 26, 10]
    return signature + chunk("IHDR", header) + chunk("IDAT", stored) + chunk("IEND", [])
  }

  private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    let body: [UInt8] = Array(name.utf8) + content
    var sum = UInt32.max
    for byte in body {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
    }
    return big(UInt32(content.count)) + body + big(~sum)
  }

  private static func adler(_ bytes: [UInt8]) -> UInt32 {
    var (one, two) = (UInt32(1), UInt32(0))
    for byte in bytes {
      one = (one + UInt32(byte)) % 65521
      two = (two + one) % 65521
    }
    return two << 16 | one
  }

  private static func big(_ value: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
}

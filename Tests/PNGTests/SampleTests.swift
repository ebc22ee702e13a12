import Display
import Foundation
import PNG
import Testing

@Suite("The samples of a PNG file")
struct SampleTests {
  private static let imageMagick = "/usr/bin/convert"

  @Test("are those of the file, in every form that there is", arguments: Variant.all)
  func everyVariant(variant: Variant) throws {
    // Sizes at which passes of an interlaced image are empty, and larger ones.
    for (width, height) in [(1, 1), (2, 1), (1, 2), (1, 9), (3, 3), (5, 5), (4, 8), (13, 11)] {
      var variant = variant
      variant.width = width
      variant.height = height
      let path = try Samples.write(variant.file)
      defer { Samples.remove(path) }
      let content = try PNGFile(path: path).content()
      let image = try content.decode()
      #expect(image.samples == variant.expected, "\(variant)")
      let hasAlpha = variant.isTransparent || variant.color.channels % 2 == 0
      #expect(image.kind == (hasAlpha ? .alpha : .opaque))
      #expect(content.bits == variant.bits)
      var opaque = variant.expected
      for index in stride(from: 3, to: opaque.count, by: 4) { opaque[index] = .max }
      #expect(try content.decode(as: .opaque).samples == opaque, "\(variant) without its alpha")
    }
  }

  @Test("are the same in a file that states a hash, which is read in another way", arguments: Variant.all)
  func statedHash(variant: Variant) throws {
    for (width, height) in [(1, 1), (13, 11), (5, 40)] {
      var variant = variant
      variant.width = width
      variant.height = height
      let image = try Samples.decode(PNGBuilder.statingHash(variant.file))
      #expect(image.samples == variant.expected, "\(variant)")
    }
  }

  @Test("are the same whether rows are filtered or not, in files that state a hash", arguments: [2, 6] as [UInt8])
  func unfiltered(color: UInt8) throws {
    let channels = color == 2 ? 3 : 4
    for height in [1, 15, 16, 17, 40] {
      let rows = (0..<height).map { y in (0..<7 * channels).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ y &* 11) } }
      let builder = PNGBuilder().header(7, UInt32(height), color: color)
      let plain = builder.data(rows.flatMap { [0] + $0 }).end
      let lastFiltered = builder.data(
        rows.dropLast().flatMap { [0] + $0 } + [1] + Self.differences(rows[height - 1], channels)
      ).end
      let expected = try Samples.decode(plain)
      #expect(try Samples.decode(PNGBuilder.statingHash(plain)).hasSamePixels(as: expected))
      #expect(try Samples.decode(PNGBuilder.statingHash(lastFiltered)).hasSamePixels(as: expected))
    }
  }

  /// A row, filtered by what is left of each sample.
  private static func differences(_ row: [UInt8], _ step: Int) -> [UInt8] {
    row.indices.map { $0 < step ? row[$0] : row[$0] &- row[$0 - step] }
  }

  @Test("are right in data of many pieces", arguments: [false, true])
  func manyPieces(isInterlaced: Bool) throws {
    let variant = Variant(
      color: .rgba, bits: 16, isTransparent: false, isInterlaced: isInterlaced, width: 100, height: 80)
    #expect(try Samples.decode(variant.file).samples == variant.expected)
    let image = try Samples.photo(Size(width: 300, height: 200), kind: .alpha)
    let file = PNGEncoder().encode(image, hash: FrameHash(of: image))
    // Without its hash it is a file like any other.
    #expect(try Samples.decode(Array(file[..<33] + file[62...])).hasSamePixels(as: image))
    #expect(try Samples.decode(file).hasSamePixels(as: image))
  }

  @Test("there are 52 forms")
  func count() { #expect(Variant.all.count == 52) }

  @Test("are what an independent reader finds", .enabled(if: FileManager.default.isExecutableFile(atPath: imageMagick)))
  func independentReader() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/png-samples-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let names = Variant.all.indices.map { "\(folder)/\($0).png" }
    for (name, variant) in zip(names, Variant.all) { try Data(variant.file).write(to: URL(fileURLWithPath: name)) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Self.imageMagick)
    process.arguments = names + ["-depth", "16", "-endian", "MSB", "-adjoin", "RGBA:\(folder)/samples"]
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/samples")))
    let found = stride(from: 0, to: bytes.count - 1, by: 2).map { (at: Int) -> UInt16 in
      UInt16(bytes[at]) << 8 | UInt16(bytes[at + 1])
    }
    var start = 0
    for variant in Variant.all {
      let end = start + variant.expected.count
      try #require(end <= found.count)
      #expect(Self.isSame(Array(found[start..<end]), variant.expected), "\(variant)")
      start = end
    }
    #expect(start == found.count)
  }

  /// ImageMagick forgets the colour of what is wholly transparent in some forms.
  private static func isSame(_ found: [UInt16], _ expected: [UInt16]) -> Bool {
    guard found.count == expected.count else { return false }
    for at in stride(from: 0, to: found.count, by: 4) {
      if found[at + 3] != expected[at + 3] { return false }
      if found[at + 3] != 0, found[at..<at + 3] != expected[at..<at + 3] { return false }
    }
    return true
  }

  @Test(
    "are the same with a gamma, chromaticities or a profile, which are mentioned",
    arguments: [
      ("gAMA", [0, 1, 0x86, 0xA0]), ("sRGB", [0]), ("cHRM", Array(repeating: 0, count: 32)),
      ("iCCP", Array("x\0\0no profile".utf8)),
    ] as [(String, [UInt8])])
  func colorInformation(chunk: String, content: [UInt8]) throws {
    let rows: [UInt8] = [0, 1, 2, 3, 72, 73, 74]
    let plain = try Samples.decode(PNGBuilder().header(2, 1).data(rows).end)
    let path = try Samples.write(PNGBuilder().header(2, 1).adding(chunk, content).data(rows).end)
    defer { Samples.remove(path) }
    let other = try PNGFile(path: path).content()
    #expect(other.color.chunks == [chunk])
    #expect(other.color.note == "\(chunk) is ignored: samples are compared as they are in the file")
    #expect(try other.decode().hasSamePixels(as: plain))
  }

  @Test("of 16 bits that eight could say are those of eight bits")
  func shallowDeep() throws {
    let deep = try Samples.decode(PNGBuilder().header(2, 1, bits: 16, color: 0).data([0, 7, 7, 200, 200]).end)
    let shallow = try Samples.decode(PNGBuilder().header(2, 1, bits: 8, color: 0).data([0, 7, 200]).end)
    #expect(deep.deep == nil)
    #expect(deep.hasSamePixels(as: shallow))
    #expect(FrameHash(of: deep) == FrameHash(of: shallow))
  }

  @Test("of 16 bits differ by their last bit")
  func lastBit() throws {
    let images = try [0x0700, 0x0701, 0x0707].map { value in
      let bytes = [UInt8(value >> 8), UInt8(value & 255)]
      return try Samples.decode(PNGBuilder().header(1, 1, bits: 16, color: 0).data([0] + bytes).end)
    }
    for (index, one) in images.enumerated() {
      for (place, other) in images.enumerated() {
        #expect(one.hasSamePixels(as: other) == (index == place))
        #expect((FrameHash(of: one) == FrameHash(of: other)) == (index == place))
      }
    }
  }

  @Test("of 16 bits without alpha and with full alpha are the same, and lose their alpha when asked to")
  func deepKinds() throws {
    let opaque = try Samples.decode(PNGBuilder().header(1, 1, bits: 16, color: 2).data([0, 1, 2, 3, 4, 5, 6]).end)
    let full = PNGBuilder().header(1, 1, bits: 16, color: 6).data([0, 1, 2, 3, 4, 5, 6, 255, 255]).end
    let clear = PNGBuilder().header(1, 1, bits: 16, color: 6).data([0, 1, 2, 3, 4, 5, 6, 255, 254]).end
    #expect(try Samples.decode(full).hasSamePixels(as: opaque))
    #expect(try FrameHash(of: Samples.decode(full)) == FrameHash(of: opaque))
    #expect(try !Samples.decode(clear).hasSamePixels(as: opaque))
    #expect(try FrameHash(of: Samples.decode(clear)) != FrameHash(of: opaque))
    let path = try Samples.write(clear)
    defer { Samples.remove(path) }
    #expect(try PNGFile(path: path).decode(as: .opaque).hasSamePixels(as: opaque))
  }

  @Test("of 16 bits come back from a file that was written", arguments: [Variant.SampleColor.rgb, .rgba])
  func roundTrip(color: Variant.SampleColor) throws {
    let variant = Variant(color: color, bits: 16, isTransparent: false, isInterlaced: false, width: 40, height: 37)
    let image = try Samples.decode(variant.file)
    let path = try Samples.write(PNGEncoder().encode(image, hash: FrameHash(of: image)))
    defer { Samples.remove(path) }
    let again = try PNGFile(path: path)
    #expect(again.hash == FrameHash(of: image))
    #expect(try again.decode().samples == variant.expected)
  }
}

@Suite("Two images are the same")
struct SamePixelsTests {
  private static func pixel(_ rgba: [UInt8]) throws -> Image {
    try Samples.decode(PNGBuilder().header(1, 1, color: 6).data([0] + rgba).end)
  }

  @Test("only if alpha is too: clear black is neither opaque black nor clear white")
  func alpha() throws {
    let images = try [[0, 0, 0, 0], [0, 0, 0, 255], [255, 255, 255, 0], [0, 0, 0, 1]].map { try Self.pixel($0) }
    for (index, one) in images.enumerated() {
      for (place, other) in images.enumerated() {
        #expect(one.hasSamePixels(as: other) == (index == place))
        #expect((FrameHash(of: one) == FrameHash(of: other)) == (index == place))
      }
    }
  }

  @Test("with alpha and without, where all of it is opaque, and then have one hash")
  func kinds() throws {
    let opaque = try Samples.photo(Size(width: 5, height: 4))
    let alpha = try Image(copying: opaque.surface, kind: .alpha)
    #expect(opaque.hasSamePixels(as: alpha))
    #expect(alpha.hasSamePixels(as: opaque))
    #expect(FrameHash(of: opaque) == FrameHash(of: alpha))
    #expect(FrameHash(ofCursor: alpha) != FrameHash(of: alpha))
  }

  @Test("not if a palette makes one transparent")
  func palette() throws {
    let builder = PNGBuilder().header(1, 1, bits: 1, color: 3).adding("PLTE", [9, 9, 9, 0, 0, 0])
    let opaque = try Samples.decode(builder.data([0, 0]).end)
    let clear = try Samples.decode(builder.adding("tRNS", [0]).data([0, 0]).end)
    #expect(!opaque.hasSamePixels(as: clear))
    #expect(FrameHash(of: opaque) != FrameHash(of: clear))
  }
}

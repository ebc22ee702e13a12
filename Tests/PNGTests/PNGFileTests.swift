import Display
import Foundation
import LinuxIO
import PNG
import Testing

@Suite("a PNG file from outside")
struct PNGFileTests {
  /// An image of 2 by 1 pixels, red and blue, as other programs may write it.
  static let foreign: [(String, [UInt8])] = [
    ("RGB", PNGBuilder().header(2, 1).data([0, 255, 0, 0, 0, 0, 255]).end),
    ("RGB, filtered by the left", PNGBuilder().header(2, 1).data([1, 255, 0, 0, 1, 0, 255]).end),
    (
      "RGB with a text and an unknown chunk",
      PNGBuilder().header(2, 1).adding("tEXt", Array("Title\0x".utf8)).adding("abCD", [1]).data([
        0, 255, 0, 0, 0, 0, 255,
      ])
      .end
    ),
    (
      "RGB of 16 bits",
      PNGBuilder().header(2, 1, bits: 16).data([0, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255]).end
    ),
    (
      "a palette of two",
      PNGBuilder().header(2, 1, bits: 1, color: 3).adding("PLTE", [255, 0, 0, 0, 0, 255]).data([0, 0b0100_0000]).end
    ),
    ("interlaced", PNGBuilder().header(2, 1, interlace: 1).data([0, 255, 0, 0, 0, 0, 0, 255]).end),
    ("RGBA", PNGBuilder().header(2, 1, color: 6).data([0, 255, 0, 0, 255, 0, 0, 255, 255]).end),
    (
      "data in two chunks of which the first is empty",
      PNGBuilder().header(2, 1).adding("IDAT", []).data([0, 255, 0, 0, 0, 0, 255]).end
    ),
  ]

  @Test("of any kind is read", arguments: foreign)
  func reads(_ what: String, _ bytes: [UInt8]) throws {
    let path = try Samples.write(bytes)
    defer { Samples.remove(path) }
    let expected = try Image(size: Size(width: 2, height: 1))
    expected.surface.fill(Rectangle(x: 0, y: 0, width: 1, height: 1), with: Color(red: 255, green: 0, blue: 0))
    expected.surface.fill(Rectangle(x: 1, y: 0, width: 1, height: 1), with: Color(red: 0, green: 0, blue: 255))
    let file = try PNGFile(path: path)
    #expect(file.hash == nil)
    #expect(try file.decode(as: .opaque).hasSamePixels(as: expected))
  }

  @Test("of few bytes and many pixels is read")
  func compressed() throws {
    let image = try Image(size: Size(width: 2000, height: 2000))
    let bytes = PNGEncoder().encode(image, hash: FrameHash(of: image))
    let path = try Samples.write(bytes)
    defer { Samples.remove(path) }
    #expect(bytes.count < 2000 * 2000 * 3 / 200)
    #expect(try PNGFile(path: path).decode().hasSamePixels(as: image))
  }

  @Test("with alpha keeps its colours, and loses its alpha when an opaque image is asked for")
  func alpha() throws {
    let path = try Samples.write(PNGBuilder().header(1, 1, color: 6).data([0, 200, 100, 50, 10]).end)
    defer { Samples.remove(path) }
    let file = try PNGFile(path: path)
    let (whole, opaque) = try (file.decode(), file.decode(as: .opaque))
    #expect(whole.kind == .alpha)
    // Safe: four bytes of a surface of one pixel.
    let bytes = [whole, opaque].map {
      unsafe $0.surface.withPixels { unsafe [UInt8](UnsafeRawBufferPointer(start: $0, count: 4)) }
    }
    #expect(bytes == [[50, 100, 200, 10], [50, 100, 200, 255]])
  }

  static let good = PNGBuilder().header(2, 1).data([0, 255, 0, 0, 0, 0, 255]).end

  /// Files that are wrong from their first bytes on.
  static let unopenable: [(String, [UInt8], PNGError.Reason)] = [
    ("empty", [], .empty),
    ("an iOS image", PNGBuilder().adding("CgBI", [0x50, 0, 0x20, 2]).header(2, 1).data([0]).end, .appleForm),
    (
      "another chunk first", PNGBuilder().adding("IDAT", Array(repeating: 0, count: 13)).end,
      .damaged("its first chunk is not a header (IHDR)")
    ),
    (
      "a Git LFS pointer",
      Array("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n".utf8), .unfetched
    ),
    ("some of the signature", [137, 80], .truncated),
    ("the signature alone", PNGBuilder.signature, .truncated),
    ("a header cut short", Array(good.prefix(20)), .truncated),
    ("text", Array("GIF89a, or so it says".utf8), .notPNG),
    ("no width", PNGBuilder().header(0, 5).data([0]).end, .impossibleSize(Size(width: 0, height: 5))),
    ("no height", PNGBuilder().header(5, 0).data([0]).end, .impossibleSize(Size(width: 5, height: 0))),
    ("too wide", PNGBuilder().header(32768, 1).data([0]).end, .impossibleSize(Size(width: 32768, height: 1))),
    ("too large", PNGBuilder().header(20000, 20000).data([0]).end, .impossibleSize(Size(width: 20000, height: 20000))),
    ("larger than its bytes can hold", PNGBuilder().header(11585, 11585).data([0]).end, .truncated),
    (
      "one bit a pixel, and larger than its bytes can hold",
      PNGBuilder().header(32767, 4096, bits: 1, color: 0).data([0]).end,
      .truncated
    ),
    (
      "no bits, and larger than its bytes can hold", PNGBuilder().header(6400, 4608, bits: 0, color: 0).data([0]).end,
      .damaged("its header has 0 bits a sample: 1, 2, 4, 8 or 16 are possible")
    ),
    (
      "the largest integers", PNGBuilder().header(.max, .max).data([0]).end,
      .impossibleSize(Size(width: .max, height: .max))
    ),
  ]

  @Test("is refused with a reason when its start is wrong", arguments: unopenable)
  func refusesStart(_ what: String, _ bytes: [UInt8], _ reason: PNGError.Reason) throws {
    let path = try Samples.write(bytes)
    defer { Samples.remove(path) }
    let error = #expect(throws: PNGError.self) { try PNGFile(path: path) }
    #expect(error?.reason == reason)
    #expect(error?.file == path)
  }

  /// Files whose chunks are wrong.
  static let damaged: [(String, [UInt8], PNGError.Reason)] = [
    ("a byte after its end", good + [1], .bytesAfterEnd(1)),
    ("another image after its end", good + good, .bytesAfterEnd(good.count)),
    ("no end chunk", Array(good.dropLast(12)), .truncated),
    ("half an end chunk", Array(good.dropLast(5)), .truncated),
    (
      "a chunk longer than the file", PNGBuilder().header(2, 1).bytes + [0, 1, 0, 0] + Array("IDAT1234".utf8),
      .truncated
    ),
    (
      "a wrong checksum", PNGBuilder().header(2, 1).adding("tEXt", [65, 0, 66], checksum: 7).data([0]).end,
      .damaged("the checksum of its tEXt chunk at byte 33 is wrong")
    ),
    (
      "a name that is none", PNGBuilder().header(2, 1).adding("a1\u{1b}[", []).end,
      .damaged("invalid chunk at byte 33: its name is not four letters")
    ),
    (
      "two headers", PNGBuilder().header(2, 1).header(2, 1).data([0]).end, .damaged("it has a second header at byte 33")
    ),
    ("no data", PNGBuilder().header(2, 1).end, .damaged("it has no data")),
    (
      "data in two places",
      PNGBuilder().header(2, 1).adding("IDAT", []).adding("tEXt", [65, 0]).adding("IDAT", []).end,
      .damaged("its data goes on after another chunk at byte 59")
    ),
    (
      "an end chunk with content", PNGBuilder().header(2, 1).adding("IDAT", []).adding("IEND", [1]).bytes,
      .damaged("its end chunk has 1 byte instead of 0")
    ),
    (
      "two palettes", PNGBuilder().header(2, 1, color: 3).adding("PLTE", [1, 1, 1]).adding("PLTE", [1, 1, 1]).end,
      .damaged("its palette at byte 48 is out of place")
    ),
    (
      "a transparent colour after the data", PNGBuilder().header(2, 1).adding("IDAT", []).adding("tRNS", [0]).end,
      .damaged("its tRNS chunk at byte 45 is out of place")
    ),
    (
      "an unknown critical chunk", PNGBuilder().header(2, 1).adding("ABCD", []).end,
      .damaged("it has a critical chunk that is not known, ABCD at byte 33")
    ),
  ]

  @Test("is refused by the check of its chunks, whatever hash it states", arguments: damaged)
  func refusesChunks(_ what: String, _ bytes: [UInt8], _ reason: PNGError.Reason) throws {
    let path = try Samples.write(bytes)
    defer { Samples.remove(path) }
    let file = try PNGFile(path: path)
    let error = #expect(throws: PNGError.self) { try file.content() }
    #expect(error?.reason == reason)
  }

  @Test("that states its hash and is cut at any byte is refused without decoding")
  func cutGolden() throws {
    let image = try Samples.photo(Size(width: 20, height: 10))
    let bytes = PNGEncoder().encode(image, hash: FrameHash(of: image))
    for count in 62..<bytes.count {
      let path = try Samples.write(Array(bytes.prefix(count)))
      defer { Samples.remove(path) }
      let file = try PNGFile(path: path)
      #expect(file.hash == FrameHash(of: image))
      let error = #expect(throws: PNGError.self) { try file.content() }
      #expect(error?.reason == .truncated)
    }
  }

  @Test("of too many chunks is refused, and one of many is read")
  func manyChunks() throws {
    let empty: [UInt8] = [0, 0, 0, 0] + Array("teSt".utf8) + PNGBuilder.checksum(ofChunk: "teSt")
    let header = PNGBuilder().header(2, 1).bytes
    let rest = Self.good[header.count...]
    for (number, isRead) in [(20_000, true), (1 << 17, false)] {
      var bytes = header
      bytes.reserveCapacity(number * empty.count + Self.good.count)
      for _ in 0..<number { bytes += empty }
      let path = try Samples.write(bytes + rest)
      defer { Samples.remove(path) }
      let file = try PNGFile(path: path)
      if isRead {
        #expect(try file.decode().size == Size(width: 2, height: 1))
      } else {
        #expect(throws: PNGError.self) { try file.content() }
      }
    }
  }

  @Test("whose data goes on after the last row is expanded no further")
  func endlessData() throws {
    // 13 MB of zeros as deflate has them, 258 in each 13 bits, in an image of 7 bytes.
    var stream: [UInt8] = [0x78, 0x01]
    var bits = BitWriter()
    bits.write(0b011, 3)
    bits.write(0b0011_0000, 8, reversed: true)
    for _ in 0..<50_000 {
      bits.write(0b1100_0101, 8, reversed: true)
      bits.write(0, 5)
    }
    bits.write(0, 7)
    stream += bits.bytes
    let path = try Samples.write(PNGBuilder().header(2, 1).adding("IDAT", stream).end)
    defer { Samples.remove(path) }
    // Extra data is ignored or refused; either way most of it is never looked at.
    let image = try? PNGFile(path: path).decode()
    #expect(image == nil || image?.size == Size(width: 2, height: 1))
  }

  /// The compressed form of the rows of `good`.
  static let stored = Array(good[(33 + 8)..<(good.count - 16)])

  /// Files whose image is wrong: true where they simply end too early.
  static let undecodable: [(String, [UInt8], Bool)] = [
    ("without an end chunk", Array(good.dropLast(12)), true),
    ("cut in its data", Array(good.dropLast(20)), true),
    (
      "a chunk as long as can be", PNGBuilder().header(2, 1).bytes + [0xFF, 0xFF, 0xFF, 0xFF] + Array("IDAT".utf8), true
    ),
    ("without data", PNGBuilder().header(2, 1).end, false),
    (
      "data that ends before its checksum", PNGBuilder().header(2, 1).adding("IDAT", Array(stored.dropLast(2))).end,
      false
    ),
    ("too few rows", PNGBuilder().header(2, 100).data([0, 255, 0, 0, 0, 0, 255]).end, false),
    ("a filter that does not exist", PNGBuilder().header(2, 1).data([9, 255, 0, 0, 0, 0, 255]).end, false),
    (
      "data that is not a zlib stream", PNGBuilder().header(2, 1).adding("IDAT", Array(repeating: 0xAA, count: 40)).end,
      false
    ),
    ("a wrong checksum of the data", PNGBuilder().header(2, 1).adding("IDAT", [1, 2, 3], checksum: 7).end, false),
    ("bits that do not exist", PNGBuilder().header(2, 1, bits: 7).data([0, 0]).end, false),
    ("a colour type that does not exist", PNGBuilder().header(2, 1, color: 5).data([0, 0]).end, false),
    ("a palette image without palette", PNGBuilder().header(2, 1, color: 3).data([0, 0, 1]).end, false),
    (
      "an unknown critical chunk",
      PNGBuilder().header(2, 1).adding("ABCD", []).data([0, 0, 0, 0, 0, 0, 0]).end, false
    ),
    ("a palette of 16 bits", PNGBuilder().header(2, 1, bits: 16, color: 3).data([0, 0, 0, 0, 0]).end, false),
    ("16 bits, and data for eight", PNGBuilder().header(2, 1, bits: 16).data([0, 1, 2, 3, 4, 5, 6]).end, false),
    (
      "interlacing that does not exist", PNGBuilder().header(2, 1, interlace: 2).data([0, 1, 2, 3, 4, 5, 6]).end, false
    ),
    ("interlaced, and passes missing", PNGBuilder().header(9, 9, interlace: 1).data([0, 1, 2, 3, 1, 2, 3]).end, false),
    (
      "a palette of half a colour",
      PNGBuilder().header(2, 1, bits: 1, color: 3).adding("PLTE", [1, 2, 3, 4]).data([0, 0]).end, false
    ),
    (
      "a palette without colours", PNGBuilder().header(2, 1, bits: 1, color: 3).adding("PLTE", []).data([0, 0]).end,
      false
    ),
    (
      "more transparent colours than the palette has",
      PNGBuilder().header(2, 1, bits: 1, color: 3).adding("PLTE", [1, 2, 3]).adding("tRNS", [1, 2]).data([0, 0]).end,
      false
    ),
    (
      "a transparent colour cut short",
      PNGBuilder().header(2, 1).adding("tRNS", [0, 1]).data([0, 0, 0, 0, 0, 0, 0]).end, false
    ),
    (
      "a header of another length", PNGBuilder().adding("IHDR", Array(repeating: 1, count: 12) + [8]).data([0]).end,
      false
    ),
  ]

  @Test("is refused with a reason when its image is damaged", arguments: undecodable)
  func refusesImage(_ what: String, _ bytes: [UInt8], isCut: Bool) throws {
    // One that states a hash is read in another way first.
    for bytes in [bytes, PNGBuilder.statingHash(bytes)] {
      let path = try Samples.write(bytes)
      defer { Samples.remove(path) }
      let error = #expect(throws: PNGError.self) { try PNGFile(path: path).decode() }
      switch error?.reason {
      case .truncated? where isCut: break
      case .damaged(let words)? where !isCut: #expect(!words.isEmpty)
      case .impossibleSize? where !isCut: break
      default: Issue.record("\(what): \(String(describing: error))")
      }
    }
  }

  @Test("cut at any byte is an error, never an image")
  func cutAnywhere() throws {
    let image = try Samples.photo(Size(width: 20, height: 10))
    let bytes = PNGEncoder().encode(image, hash: FrameHash(of: image))
    for count in 0..<bytes.count {
      let path = try Samples.write(Array(bytes.prefix(count)))
      defer { Samples.remove(path) }
      #expect(throws: PNGError.self) { try PNGFile(path: path).decode() }
    }
  }

  @Test("with any byte changed is an error, or an image of the same size")
  func changedAnywhere() throws {
    let image = try Samples.photo(Size(width: 20, height: 10))
    let bytes = PNGEncoder().encode(image, hash: FrameHash(of: image))
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 0x41
      let path = try Samples.write(changed)
      defer { Samples.remove(path) }
      if let decoded = try? PNGFile(path: path).decode() { #expect(decoded.hasSamePixels(as: image)) }
    }
  }

  @Test("is missing, a folder or a pipe: each a sentence, and none blocks")
  func noFile() throws {
    let path = try Samples.write([])
    Samples.remove(path)
    #expect(throws: PNGError.self) { try PNGFile(path: path) }
    #expect(
      "\(#expect(throws: PNGError.self) { try PNGFile(path: path) }.map(\.description) ?? "")"
        == "\(path): there is no such file")
    #expect(throws: PNGError.self) { try PNGFile(path: "/tmp") }
    // Safe: the path is only read.
    #expect(unsafe mkfifo(path, 0o600) == 0)
    defer { Samples.remove(path) }
    #expect(throws: PNGError.self) { try PNGFile(path: path) }
  }

  @Test("may lie about its hash, or have a damaged one")
  func hashes() throws {
    let image = try Samples.photo(Size(width: 4, height: 4))
    let lie = try #require(FrameHash(String(repeating: "ab", count: 16)))
    var bytes = PNGEncoder().encode(image, hash: lie)
    let path = try Samples.write(bytes)
    defer { Samples.remove(path) }
    #expect(try PNGFile(path: path).hash == lie)
    #expect(try PNGFile(path: path).decode().hasSamePixels(as: image))
    bytes[50] ^= 1
    let damaged = try Samples.write(bytes)
    defer { Samples.remove(damaged) }
    #expect(try PNGFile(path: damaged).hash == nil)
  }
}

import Display
import Foundation
import PNG
import ScanoutTesting

extension TemporaryFolder {
  func write(_ image: Image, to name: String) throws {
    try write(image.file(), to: name)
  }

  func image(_ name: String) throws -> Image {
    try PNGFile(path: "\(path)/\(name)").decode(as: .opaque)
  }
}

extension Image {
  /// An image of one colour.
  static func plain(_ width: UInt32, _ height: UInt32, _ color: Color = .black) throws -> Image {
    let image = try Image(size: Size(width: width, height: height))
    image.surface.fill(Rectangle(image.size), with: color)
    return image
  }

  /// An image in which no two places look the same, the same one each time for a seed.
  static func noise(_ width: UInt32, _ height: UInt32, seed: UInt32 = 1) throws -> Image {
    let surface = try Surface(size: Size(width: width, height: height), format: .b8g8r8x8)
    var state = seed
    // Safe: as many words are written as the surface has; its rows have no gaps.
    unsafe surface.withPixels { base in
      for index in 0..<Int(surface.size.area) {
        state = state &* 1_664_525 &+ 1_013_904_223
        unsafe base.storeBytes(of: state >> 8, toByteOffset: index * 4, as: UInt32.self)
      }
    }
    return try Image(copying: surface)
  }

  /// A copy with some changes.
  func changed(_ change: (Surface) throws -> Void) throws -> Image {
    let copy = try Image(copying: surface, kind: kind)
    try change(copy.surface)
    return copy
  }

  /// The word of a pixel, 0xAARRGGBB.
  func pixel(_ x: Int, _ y: Int) -> UInt32 {
    // Safe: tests name pixels that are there.
    unsafe surface.withPixels { unsafe $0.load(fromByteOffset: y * surface.stride + x * 4, as: UInt32.self) }
  }

  /// A copy with every word changed.
  func mapped(_ change: (UInt32) -> UInt32) throws -> Image {
    try changed { surface in
      // Safe: rows have no gaps, and as many words are changed as there are.
      unsafe surface.withPixels { base in
        for offset in stride(from: 0, to: surface.stride * Int(surface.size.height), by: 4) {
          let word = unsafe base.load(fromByteOffset: offset, as: UInt32.self)
          unsafe base.storeBytes(of: change(word), toByteOffset: offset, as: UInt32.self)
        }
      }
    }
  }

  /// A copy whose content moved, with noise where it came from.
  func moved(x: Int32, y: Int32) throws -> Image {
    let noise = try Image.noise(size.width, size.height, seed: 99)
    return try noise.changed { $0.copy(Rectangle(size), of: surface, to: Point(x: x, y: y)) }
  }

  /// The bytes of its file.
  func file() -> [UInt8] {
    PNGEncoder().encode(self, hash: FrameHash(of: self))
  }

  /// The bytes of a file that does not say which image it holds.
  func fileWithoutHash() -> [UInt8] {
    let file = file()
    // After the signature of 8 bytes and the header chunk of 25 comes the hash chunk: 12 bytes and a content of 17.
    return Array(file[..<33] + file[62...])
  }
}

import Display
import Foundation
import PNG

/// Images and files for tests.
enum Samples {
  /// An image of noise over gradients, the same each time.
  static func photo(_ size: Size, kind: Image.Kind = .opaque) throws -> Image {
    let surface = try Surface(size: size, format: .b8g8r8a8)
    var state: UInt32 = 12345
    // Safe: the loop stays inside the rows of a surface made here.
    unsafe surface.withPixels { base in
      let words = unsafe base.assumingMemoryBound(to: UInt32.self)
      for index in 0..<Int(size.area) {
        state = state &* 1_664_525 &+ 1_013_904_223
        unsafe words[index] = (UInt32(truncatingIfNeeded: index) &* 0x0001_0203) ^ (state >> 3)
      }
    }
    return try Image(copying: surface, kind: kind)
  }

  /// Writes a file under a fresh name in the temporary folder.
  static func write(_ bytes: [UInt8]) throws -> String {
    let path = FileManager.default.temporaryDirectory.path + "/png-tests-\(UUID().uuidString).png"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  /// What the bytes of a file hold.
  static func decode(_ bytes: [UInt8]) throws -> Image {
    let path = try write(bytes)
    defer { remove(path) }
    return try PNGFile(path: path).decode()
  }

  static func remove(_ path: String) {
    try? FileManager.default.removeItem(atPath: path)
  }
}

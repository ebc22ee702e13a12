internal import VirtioGPU

/// Looks through the commands of an OpenGL context for copies that the library would not survive.
///
/// virglrenderer 0.10.4 reads the numbers of a copy as signed ones, and a negative level of detail passes its checks.
/// All else is left to it: what cannot be walked here, it refuses itself.
enum StreamCheck {
  /// The commands that copy (`VIRGL_CCMD_…`): RESOURCE_INLINE_WRITE, TRANSFER3D, COPY_TRANSFER3D. They begin alike: the
  /// resource, the level, three more words, and the box.
  private static let copies: Set<UInt8> = [9, 43, 45]

  /// The first copy that is refused; nil: there is none.
  static func refusedCopy(in commands: [UInt8]) -> Transfer3D? {
    var start = 0
    while start + 4 <= commands.count {
      // A header: the command, the type of its object, and how many words follow.
      let count = Int(commands[start + 2]) | Int(commands[start + 3]) << 8
      if copies.contains(commands[start]), count >= 11, start + 48 <= commands.count {
        func word(_ index: Int) -> UInt32 {
          (0..<4).reduce(0) { $0 | UInt32(commands[start + 4 * index + $1]) << (8 * $1) }
        }
        let copy = Transfer3D(
          box: Box(x: word(6), y: word(7), z: word(8), width: word(9), height: word(10), depth: word(11)),
          resourceID: word(1), level: word(2))
        if !copy.isUnderstood { return copy }
      }
      start += 4 * (count + 1)
    }
    return nil
  }
}

extension Transfer3D {
  /// Whether the library reads these numbers as they are meant.
  var isUnderstood: Bool {
    [box.x, box.y, box.z, box.width, box.height, box.depth, level].allSatisfy { $0 <= Int32.max }
  }
}

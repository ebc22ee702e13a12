internal import VirtioGPU

/// Looks through the commands of an OpenGL context for those that virglrenderer 0.10.4 would not survive.
///
/// It is no decoder: what cannot be walked here, the library refuses itself. Nor is it whole: it knows what was found.
struct StreamCheck {
  private let commands: [UInt8]

  /// For commands that are about to be executed.
  init(_ commands: [UInt8]) {
    self.commands = commands
  }

  /// What is wrong with the first command that must not be executed; nil: there is none.
  func problem() -> String? {
    first { start, count in
      switch commands[start] {
      // The three that copy (`VIRGL_CCMD_…`): RESOURCE_INLINE_WRITE, TRANSFER3D, COPY_TRANSFER3D.
      case 9, 43, 45: problemOfCopy(at: start, count)
      // SET_SHADER_IMAGES.
      case 35: problemOfImages(at: start, count)
      default: nil
      }
    }
  }

  /// The objects that it makes for blobs (PIPE_RESOURCE_CREATE), by the number that a blob names, in order.
  func objects() -> [(blobID: UInt32, resource: ResourceCreate3D)] {
    var objects: [(UInt32, ResourceCreate3D)] = []
    _ = first { start, count -> Never? in
      guard commands[start] == 48, count == 11 else { return nil }
      let words = (1...10).map { word($0, at: start) }
      let resource = ResourceCreate3D(
        resourceID: 0, target: words[0], format: words[1], bind: words[2], width: words[3], height: words[4],
        depth: words[5], arraySize: words[6], lastLevel: words[7], sampleCount: words[8], flags: words[9])
      objects.append((word(11, at: start), resource))
      return nil
    }
    return objects
  }

  /// The contexts inside its context that it makes (CREATE_SUB_CTX) and ends (DESTROY_SUB_CTX), in order.
  func innerContexts() -> [(id: UInt32, isMade: Bool)] {
    var contexts: [(UInt32, Bool)] = []
    _ = first { start, count -> Never? in
      if count == 1, [29, 30].contains(commands[start]) {
        contexts.append((word(1, at: start), commands[start] == 29))
      }
      return nil
    }
    return contexts
  }

  /// What `find` finds first in a command, which it gets the start and the count of words of.
  private func first<Found>(_ find: (Int, Int) -> Found?) -> Found? {
    var start = 0
    while start + 4 <= commands.count {
      // A header: the command, the type of its object, and how many words follow.
      let count = Int(commands[start + 2]) | Int(commands[start + 3]) << 8
      let end = start + 4 * (count + 1)
      guard end <= commands.count else { return nil }
      if let found = find(start, count) { return found }
      start = end
    }
    return nil
  }

  /// Copies begin alike: the resource, the level, three more words, the box. A negative level passes the library's
  /// checks.
  private func problemOfCopy(at start: Int, _ count: Int) -> String? {
    guard count >= 11 else { return nil }
    let copy = Transfer3D(
      box: Box(
        x: word(6, at: start), y: word(7, at: start), z: word(8, at: start), width: word(9, at: start),
        height: word(10, at: start), depth: word(11, at: start)),
      resourceID: word(1, at: start), level: word(2, at: start))
    return copy.isUnderstood ? nil : "\(copy.box) of level \(copy.level) is no part of resource \(copy.resourceID)"
  }

  /// After two words, each image has five, its format first, by which the library looks into a table of some 300.
  private func problemOfImages(at start: Int, _ count: Int) -> String? {
    for index in stride(from: 3, through: count, by: 5) {
      let format = word(index, at: start)
      if format > 0x1FF { return "there is no format \(format) for the image of a shader" }
    }
    return nil
  }

  private func word(_ index: Int, at start: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(commands[start + 4 * index + $1]) << (8 * $1) }
  }
}

extension Transfer3D {
  /// Whether the library, which takes these numbers for signed ones, reads them as they are meant.
  var isUnderstood: Bool {
    [box.x, box.y, box.z, box.width, box.height, box.depth, level].allSatisfy { $0 <= Int32.max }
  }
}

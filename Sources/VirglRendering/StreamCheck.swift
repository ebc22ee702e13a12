internal import VirtioGPU

/// Check of the commands of an OpenGL context for those that crash virglrenderer 0.10.4.
///
/// It does not decode all commands: the library itself refuses streams whose headers are wrong. It knows the crashes that
/// were found; there may be others.
struct StreamCheck {
  private let commands: [UInt8]

  /// A check of commands that are about to be executed.
  init(_ commands: [UInt8]) {
    self.commands = commands
  }

  /// A sentence about the first command that must not be executed; nil when all may be.
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

  /// The objects that the commands create for blobs (`VIRGL_CCMD_PIPE_RESOURCE_CREATE`), in order, with the blob ids that
  /// name them.
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

  /// The sub-contexts that the commands create (`VIRGL_CCMD_CREATE_SUB_CTX`) and destroy (`VIRGL_CCMD_DESTROY_SUB_CTX`), in
  /// order.
  func subContexts() -> [(id: UInt32, isCreated: Bool)] {
    var contexts: [(UInt32, Bool)] = []
    _ = first { start, count -> Never? in
      if count == 1, [29, 30].contains(commands[start]) {
        contexts.append((word(1, at: start), commands[start] == 29))
      }
      return nil
    }
    return contexts
  }

  /// The first result of `find`, which is called with the start of each command and the count of its words.
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

  /// All copies begin with the resource, the level, three more words and the box. The library takes the level for a signed
  /// number, and does not refuse a negative one.
  private func problemOfCopy(at start: Int, _ count: Int) -> String? {
    guard count >= 11 else { return nil }
    let copy = Transfer3D(
      box: Box(
        x: word(6, at: start), y: word(7, at: start), z: word(8, at: start), width: word(9, at: start),
        height: word(10, at: start), depth: word(11, at: start)),
      resourceID: word(1, at: start), level: word(2, at: start))
    return copy.fitsSignedNumbers ? nil : "\(copy.box) of level \(copy.level) is not inside resource \(copy.resourceID)"
  }

  /// After two words, each image has five. The first one is its format, an index of a table of about 300, which the library
  /// does not check.
  private func problemOfImages(at start: Int, _ count: Int) -> String? {
    for index in stride(from: 3, through: count, by: 5) {
      let format = word(index, at: start)
      if format > 0x1FF { return "the image of a shader has the unknown format \(format)" }
    }
    return nil
  }

  private func word(_ index: Int, at start: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(commands[start + 4 * index + $1]) << (8 * $1) }
  }
}

extension Transfer3D {
  /// True when the library, which takes these numbers for signed ones, reads the same numbers.
  var fitsSignedNumbers: Bool {
    [box.x, box.y, box.z, box.width, box.height, box.depth, level].allSatisfy { $0 <= Int32.max }
  }
}

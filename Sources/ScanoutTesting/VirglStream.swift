public import VirtioGPU
internal import Wire

/// Commands of an OpenGL context, as virgl's protocol has them: 32-bit words, each command headed by its number, the
/// type of its object, and the count of words that follow.
///
/// It holds the commands that tests, benchmarks and fuzz targets start from; ``command(_:object:_:)`` writes any other,
/// and ones that no driver should send.
public struct VirglStream: Sendable {
  private var writer = ByteWriter()

  /// No command yet.
  public init() {}

  /// The commands so far, as SUBMIT_3D carries them.
  public var bytes: [UInt8] { writer.bytes }

  /// Any command (`VIRGL_CCMD_…`, `VIRGL_OBJECT_…`). The count of words wraps at 65536.
  public mutating func command(_ number: UInt8, object: UInt8 = 0, _ words: [UInt32]) {
    writer.u8(number)
    writer.u8(object)
    writer.u16(UInt16(truncatingIfNeeded: words.count))
    for word in words { writer.u32(word) }
  }

  /// Makes `surface` of a level of a texture that is attached to the context: what can be drawn on.
  public mutating func createSurface(_ surface: UInt32, of resource: UInt32, format: UInt32, level: UInt32 = 0) {
    command(Number.createObject, object: ObjectType.surface, [surface, resource, format, level, 0])
  }

  /// Ends a surface.
  public mutating func destroySurface(_ surface: UInt32) {
    command(Number.destroyObject, object: ObjectType.surface, [surface])
  }

  /// Draws on these surfaces from now on.
  public mutating func setFramebuffer(_ surfaces: UInt32..., depth: UInt32 = 0) {
    command(Number.setFramebufferState, [UInt32(surfaces.count), depth] + surfaces)
  }

  /// Gives the surfaces that are drawn on one colour, its channels from 0 to 1.
  public mutating func clear(red: Float, green: Float, blue: Float, alpha: Float = 1) {
    let allColors: UInt32 = 0x3FC
    command(
      Number.clear, [allColors] + [red, green, blue, alpha].map(\.bitPattern) + [0, 0, 0])
  }

  /// Writes texels of four bytes, row by row, to a part of a texture.
  public mutating func write(_ texels: [UInt32], to box: Box, of resource: UInt32, level: UInt32 = 0) {
    command(
      Number.inlineWrite,
      [resource, level, 0, box.width &* 4, 0, box.x, box.y, box.z, box.width, box.height, box.depth] + texels)
  }

  /// Copies a part of a texture to a place in another.
  public mutating func copy(_ box: Box, of source: UInt32, to target: UInt32, x: UInt32, y: UInt32) {
    command(
      Number.copyRegion,
      [target, 0, x, y, 0, source, 0, box.x, box.y, box.z, box.width, box.height, box.depth])
  }

  /// Makes object `blobID`, which a blob can be made of; the id of the resource does not matter.
  public mutating func createObject(_ blobID: UInt32, like resource: ResourceCreate3D) {
    command(
      Number.createPipeResource,
      [
        resource.target, resource.format, resource.bind, resource.width, resource.height, resource.depth,
        resource.arraySize, resource.lastLevel, resource.sampleCount, resource.flags, blobID,
      ])
  }

  /// Makes a compute shader of a text (TGSI), and runs so many groups of it in each direction.
  public mutating func compute(_ text: String, shader: UInt32, groups: UInt32) {
    var bytes = Array(text.utf8) + [0]
    let count = UInt32(bytes.count)
    bytes += Array(repeating: 0, count: (4 - bytes.count % 4) % 4)
    var text = ByteReader(bytes)
    var words: [UInt32] = []
    while let word = try? text.u32() { words.append(word) }
    // Its tokens have about as much room as its text.
    command(
      Number.createObject, object: ObjectType.shader, [shader, Self.computeStage, count, count, 0] + words)
    command(Number.bindShader, [shader, Self.computeStage])
    command(Number.launchGrid, [1, 1, 1, groups, groups, groups, 0, 0])
  }

  /// `PIPE_SHADER_COMPUTE`.
  private static let computeStage: UInt32 = 5

  /// Gives all of a texture, which is attached to the context, one colour; its surface gets the id of the texture.
  public static func clear(
    _ resource: UInt32, format: UInt32, red: Float, green: Float, blue: Float, alpha: Float = 1
  ) -> VirglStream {
    var stream = VirglStream()
    stream.createSurface(resource, of: resource, format: format)
    stream.setFramebuffer(resource)
    stream.clear(red: red, green: green, blue: blue, alpha: alpha)
    stream.destroySurface(resource)
    return stream
  }

  /// A compute shader, 7, that does not end: a driver may bound the turns of its loop, but not how often it runs.
  public static var endlessShader: VirglStream {
    let text = """
      COMP
      PROPERTY CS_FIXED_BLOCK_WIDTH 1
      PROPERTY CS_FIXED_BLOCK_HEIGHT 1
      PROPERTY CS_FIXED_BLOCK_DEPTH 1
      DCL BUFFER[0]
      DCL TEMP[0], LOCAL
      IMM[0] UINT32 {0, 1, 0, 0}
        0: BGNLOOP
        1: ATOMUADD TEMP[0].x, BUFFER[0], IMM[0].xxxx, IMM[0].yyyy
        2: ENDLOOP
        3: END

      """
    var stream = VirglStream()
    stream.compute(text, shader: 7, groups: 65535)
    return stream
  }

  /// `enum virgl_context_cmd`.
  private enum Number {
    static let createObject: UInt8 = 1
    static let destroyObject: UInt8 = 3
    static let setFramebufferState: UInt8 = 5
    static let clear: UInt8 = 7
    static let inlineWrite: UInt8 = 9
    static let copyRegion: UInt8 = 17
    static let bindShader: UInt8 = 31
    static let launchGrid: UInt8 = 37
    static let createPipeResource: UInt8 = 48
  }

  /// `enum virgl_object_type`.
  private enum ObjectType {
    static let shader: UInt8 = 4
    static let surface: UInt8 = 8
  }
}

import FuzzSupport
import ScanoutTesting
import VirtioGPU

/// Commands of an OpenGL context, of which each is well formed more often than not.
extension Choices {
  mutating func commands() -> [UInt8] {
    var stream = VirglStream()
    for _ in 0..<below(8) {
      switch below(16) {
      case 0: stream.createSurface(handle(), of: resource(), format: format(), level: oneIn(8) ? word() : 0)
      case 1: stream.setFramebuffer(handle(), depth: oneIn(4) ? handle() : 0)
      case 2: stream.clear(red: 1, green: 0.5, blue: 0, alpha: 1)
      case 3: stream.write(words(atMost: 8), to: box(), of: resource(), level: oneIn(8) ? word() : 0)
      case 4: stream.copy(box(), of: resource(), to: resource(), x: word(), y: word())
      case 5:
        var object = texture()
        if oneIn(4) { object.bind = word() }
        stream.createObject(handle(), like: object)
      case 6: stream.destroySurface(handle())
      case 7: stream.command(1, object: 4, shader())
      default: command(&stream)
      }
    }
    var bytes = stream.bytes
    // Headers and lengths that lie.
    if oneIn(8), !bytes.isEmpty { bytes[Int(word()) % bytes.count] = byte() }
    return bytes
  }

  /// A texture or a buffer; small, for the host fills it.
  mutating func texture() -> ResourceCreate3D {
    var texture = ResourceCreate3D(
      resourceID: 0, target: pick(2, 2, 0, 5, 3, 4, 7), format: format(),
      bind: pick(2, 10, 8, 1, 16, 32, 64, 1 << 17, 1 << 18),
      width: 1 + UInt32(below(64)), height: 1 + UInt32(below(64)))
    if oneIn(4) {
      texture.depth = UInt32(below(4))
      texture.arraySize = UInt32(below(8))
      texture.lastLevel = UInt32(below(8))
      texture.sampleCount = UInt32(below(5))
      texture.flags = UInt32(below(16))
    }
    if texture.target == 0 {
      texture.height = 1
      texture.format = 64
    }
    return texture
  }

  /// Any command with as many words as it should have, or nearly.
  private mutating func command(_ stream: inout VirglStream) {
    guard !oneIn(8) else {
      return stream.command(UInt8(below(64)), object: UInt8(below(16)), words(atMost: 24))
    }
    let form = VirglForm.all[below(VirglForm.all.count)]
    var count = form.fixed + form.repeated * below(4)
    if oneIn(16) { count += 1 }
    stream.command(form.number, object: form.object, (0..<count).map { _ in oneIn(3) ? word() : UInt32(below(12)) })
  }

  /// A shader of a few lines: handle, kind, length, tokens, no outputs to stream, and the text.
  private mutating func shader() -> [UInt32] {
    let kind = UInt32(below(7))
    var text = Self.shaderKinds[Int(kind) % Self.shaderKinds.count]
    for _ in 0..<below(8) { text += Self.shaderLines[below(Self.shaderLines.count)] }
    var bytes = Array((text + "END\n").utf8)
    if oneIn(4) { bytes[Int(word()) % bytes.count] = byte() }
    let length = oneIn(8) ? word() : UInt32(bytes.count + 1)
    bytes += [UInt8](repeating: 0, count: 4 - bytes.count % 4)
    let words = stride(from: 0, to: bytes.count, by: 4).map { start in
      bytes[start..<start + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    }
    return [handle(), kind, length, oneIn(8) ? word() : 300, oneIn(8) ? word() : 0] + words
  }

  private static let shaderKinds = ["VERT\n", "FRAG\n", "GEOM\n", "TESS_CTRL\n", "TESS_EVAL\n", "COMP\n"]
  private static let shaderLines = [
    "DCL IN[0]\n", "DCL OUT[0], POSITION\n", "DCL OUT[0], COLOR\n", "DCL IN[0], GENERIC[0], PERSPECTIVE\n",
    "DCL CONST[0][0..3]\n", "DCL TEMP[0..3]\n", "DCL SAMP[0]\n", "DCL SVIEW[0], 2D, FLOAT\n", "DCL ADDR[0]\n",
    "IMM[0] FLT32 {1.0, 0.5, 0.0, 1.0}\n", "  0: MOV OUT[0], IN[0]\n",
    "  1: MAD TEMP[0], IN[0], CONST[0][1], TEMP[1]\n",
    "  2: TEX TEMP[0], IN[0], SAMP[0], 2D\n", "  3: IF TEMP[0].xxxx :5\n", "  4: ENDIF\n", "  5: BGNLOOP :9\n",
    "  6: ENDLOOP :5\n", "  7: ARL ADDR[0].x, IN[0].xxxx\n", "  8: MOV OUT[0], CONST[0][ADDR[0].x+1]\n",
    "PROPERTY FS_COLOR0_WRITES_ALL_CBUFS 1\n",
  ]

  private mutating func handle() -> UInt32 { oneIn(16) ? word() : UInt32(below(12)) }
  private mutating func resource() -> UInt32 { oneIn(16) ? word() : UInt32(below(5)) }
  private mutating func format() -> UInt32 { oneIn(8) ? word() : pick(1, 2, 67, 134, 16, 19, 28, 64) }

  private mutating func box() -> Box {
    Box(
      x: oneIn(4) ? word() : 0, y: oneIn(4) ? word() : 0, z: oneIn(8) ? word() : 0, width: UInt32(below(9)),
      height: oneIn(4) ? word() : 1, depth: oneIn(8) ? word() : 1)
  }

  private mutating func words(atMost count: Int) -> [UInt32] {
    (0..<below(count + 1)).map { _ in word() }
  }
}

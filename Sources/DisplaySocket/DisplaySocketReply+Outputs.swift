internal import Display
internal import VirtioGPU
internal import Wire

extension DisplaySocketReply {
  /// Decodes the reply with the outputs of a front end: 16 of them. The numbers are unchecked.
  static func outputs(_ reader: inout ByteReader) throws -> [Output] {
    let type = try reader.u32()
    guard type == ResponseType.okDisplayInfo.rawValue else {
      throw DisplaySocketSinkEnd.invalidReply("the display information is of type 0x\(String(type, radix: 16))")
    }
    try reader.skip(20)
    var outputs: [Output] = []
    for _ in 0..<Device.maximumScanouts {
      let position = Point(x: Int32(bitPattern: try reader.u32()), y: Int32(bitPattern: try reader.u32()))
      let size = Size(width: try reader.u32(), height: try reader.u32())
      let isEnabled = try reader.u32() != 0
      try reader.skip(4)
      outputs.append(Output(size: size, position: position, isEnabled: isEnabled && !size.isEmpty))
    }
    return outputs
  }
}

internal import Display
internal import VirtioGPU
internal import Wire

/// The replies of a front end over a display socket: payloads of fixed length.
enum DisplaySocketReply {
  /// The reply with the features of the front end.
  static func protocolFeatures(_ features: DisplayFeatures) -> [UInt8] {
    var writer = ByteWriter(capacity: 8)
    writer.u64(features.rawValue)
    return writer.bytes
  }

  /// The reply with the outputs (specification: `struct virtio_gpu_resp_display_info`).
  static func displayInfo(_ outputs: [Output]) -> [UInt8] {
    var writer = ByteWriter(capacity: 408)
    ControlHeader(type: ResponseType.okDisplayInfo.rawValue).write(to: &writer)
    for output in outputs.prefix(Device.maximumScanouts) {
      for value in [output.position.x, output.position.y] { writer.u32(UInt32(bitPattern: value)) }
      for value in [output.size.width, output.size.height, output.isEnabled ? 1 : 0, 0] { writer.u32(value) }
    }
    writer.zeros(408 - writer.bytes.count)
    return writer.bytes
  }

  /// The reply with an EDID (specification: `struct virtio_gpu_resp_edid`). An invalid
  /// scanout has a reply as well, because the back end and its guest wait for it.
  static func edid(of scanout: UInt32, _ outputs: [Output]) -> [UInt8] {
    var writer = ByteWriter(capacity: 1056)
    let index = Int(scanout)
    if outputs.indices.contains(index) {
      let bytes = EDID(outputs[index], index: index).bytes
      ControlHeader(type: ResponseType.okEDID.rawValue).write(to: &writer)
      writer.u32(UInt32(bytes.count))
      writer.u32(0)
      writer.bytes(bytes)
    } else {
      ControlHeader(type: ResponseType.invalidParameter.rawValue).write(to: &writer)
    }
    writer.zeros(1056 - writer.bytes.count)
    return writer.bytes
  }
}

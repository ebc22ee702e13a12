internal import Virtio
internal import VirtioGPU
internal import Virtqueue
internal import Wire

/// Device that responds to every command of a guest and shows nothing: enough for a guest's driver to start, which makes a
/// front end attach its display.
final class BlankDevice: VirtioDevice {
  let deviceID: UInt32 = 16
  let offeredFeatures = DeviceFeatures.edid.rawValue
  let queueCount = 2

  /// One scanout, and no capability set.
  var configuration: [UInt8] {
    var writer = ByteWriter(capacity: 16)
    for value in [0, 0, 1, 0] as [UInt32] { writer.u32(value) }
    return writer.bytes
  }

  func writeConfiguration(_ bytes: [UInt8], at offset: Int) {}
  func acknowledge(features: UInt64) {}
  func reset(completion: @escaping () -> Void) throws { completion() }

  func process(_ request: VirtioRequest) {
    // A request that is not in memory is given back without a response.
    let written = try? respond(to: request)
    request.complete(written: written ?? 0)
  }

  private func respond(to request: VirtioRequest) throws -> UInt32 {
    var reader = ByteReader(try request.chain.read(limit: ControlHeader.size))
    let header = try ControlHeader(&reader)
    guard request.queue == 0 else { return 0 }
    var writer = ByteWriter(capacity: 408)
    let type: ResponseType = header.type == CommandType.getDisplayInfo.rawValue ? .okDisplayInfo : .okNoData
    ControlHeader(
      type: type.rawValue, flags: header.flags & ControlHeader.fenceFlag, fenceID: header.fenceID,
      contextID: header.contextID
    ).write(to: &writer)
    if type == .okDisplayInfo {
      for value in [0, 0, 640, 480, 1, 0] as [UInt32] { writer.u32(value) }
      writer.zeros(408 - writer.bytes.count)
    }
    return try request.chain.write(writer.bytes)
  }
}

package import LinuxIO
internal import Wire

extension FrontEndMessage {
  /// The payload.
  package var payload: [UInt8] {
    var writer = ByteWriter()
    switch self {
    case .setFeatures(let bits), .setStatus(let bits): writer.u64(bits)
    case .setProtocolFeatures(let features): writer.u64(features.rawValue)
    case .setMemTable(let regions):
      writer.u32(UInt32(regions.count))
      writer.zeros(4)
      for shared in regions { shared.region.encode(to: &writer) }
    case .setVringNum(let state), .setVringBase(let state), .getVringBase(let state), .setVringEnable(let state):
      state.encode(to: &writer)
    case .setVringAddr(let address): address.encode(to: &writer)
    case .setVringKick(let event), .setVringCall(let event), .setVringErr(let event): event.encode(to: &writer)
    case .getConfig(let window), .setConfig(let window): window.encode(to: &writer)
    case .addMemReg(let shared):
      writer.zeros(8)
      shared.region.encode(to: &writer)
    case .remMemReg(let region):
      writer.zeros(8)
      region.encode(to: &writer)
    case .getFeatures, .setOwner, .resetOwner, .getProtocolFeatures, .getQueueNum, .setBackendReqFD, .gpuSetSocket,
      .resetDevice, .getMaxMemSlots, .getStatus, .getShmemConfig:
      break
    }
    return writer.bytes
  }

  /// What goes along with the first byte.
  package var descriptors: [Descriptor] {
    switch self {
    case .setMemTable(let regions): regions.map(\.file)
    case .setVringKick(let event), .setVringCall(let event), .setVringErr(let event):
      event.descriptor.map { [$0] } ?? []
    case .setBackendReqFD(let descriptor), .gpuSetSocket(let descriptor): [descriptor]
    case .addMemReg(let shared): [shared.file]
    default: []
    }
  }

  /// The whole message.
  package func encoded(flags: MessageHeader.Flags) -> [UInt8] {
    Message.encode(request: request.rawValue, flags: flags, payload: payload)
  }
}

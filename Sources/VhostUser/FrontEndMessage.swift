package import LinuxIO
internal import Wire

/// A message of a front end, understood.
package enum FrontEndMessage: Sendable {
  case getFeatures
  case setFeatures(UInt64)
  case setOwner
  case resetOwner
  case setMemTable([SharedRegion])
  case setVringNum(VringState)
  case setVringAddr(VringAddress)
  case setVringBase(VringState)
  case getVringBase(VringState)
  case setVringKick(VringEvent)
  case setVringCall(VringEvent)
  case setVringErr(VringEvent)
  case getProtocolFeatures
  case setProtocolFeatures(ProtocolFeatures)
  case getQueueNum
  case setVringEnable(VringState)
  case setBackendReqFD(Descriptor)
  case getConfig(ConfigWindow)
  case setConfig(ConfigWindow)
  case gpuSetSocket(Descriptor)
  case resetDevice
  case getMaxMemSlots
  case addMemReg(SharedRegion)
  case remMemReg(MemoryRegion)
  case setStatus(UInt64)
  case getStatus
  case getShmemConfig

  package var request: FrontEndRequest {
    switch self {
    case .getFeatures: .getFeatures
    case .setFeatures: .setFeatures
    case .setOwner: .setOwner
    case .resetOwner: .resetOwner
    case .setMemTable: .setMemTable
    case .setVringNum: .setVringNum
    case .setVringAddr: .setVringAddr
    case .setVringBase: .setVringBase
    case .getVringBase: .getVringBase
    case .setVringKick: .setVringKick
    case .setVringCall: .setVringCall
    case .setVringErr: .setVringErr
    case .getProtocolFeatures: .getProtocolFeatures
    case .setProtocolFeatures: .setProtocolFeatures
    case .getQueueNum: .getQueueNum
    case .setVringEnable: .setVringEnable
    case .setBackendReqFD: .setBackendReqFD
    case .getConfig: .getConfig
    case .setConfig: .setConfig
    case .gpuSetSocket: .gpuSetSocket
    case .resetDevice: .resetDevice
    case .getMaxMemSlots: .getMaxMemSlots
    case .addMemReg: .addMemReg
    case .remMemReg: .remMemReg
    case .setStatus: .setStatus
    case .getStatus: .getStatus
    case .getShmemConfig: .getShmemConfig
    }
  }
}

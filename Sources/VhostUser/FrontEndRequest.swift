/// The messages that a front end sends and this module knows, by their number.
///
/// Each has a shape that is checked before anything else is: how long its payload is, how many descriptors come with
/// it, and whether it has a reply of its own.
package enum FrontEndRequest: UInt32, CaseIterable, Sendable {
  case getFeatures = 1
  case setFeatures = 2
  case setOwner = 3
  case resetOwner = 4
  case setMemTable = 5
  case setVringNum = 8
  case setVringAddr = 9
  case setVringBase = 10
  case getVringBase = 11
  case setVringKick = 12
  case setVringCall = 13
  case setVringErr = 14
  case getProtocolFeatures = 15
  case setProtocolFeatures = 16
  case getQueueNum = 17
  case setVringEnable = 18
  case setBackendReqFD = 21
  case getConfig = 24
  case setConfig = 25
  case gpuSetSocket = 33
  case resetDevice = 34
  case getMaxMemSlots = 36
  case addMemReg = 37
  case remMemReg = 38
  case setStatus = 39
  case getStatus = 40
  case getShmemConfig = 44

  /// How many bytes of payload it may have.
  var payloadSizes: ClosedRange<Int> {
    switch self {
    case .getFeatures, .setOwner, .resetOwner, .getProtocolFeatures, .getQueueNum, .setBackendReqFD, .gpuSetSocket,
      .resetDevice, .getMaxMemSlots, .getStatus, .getShmemConfig:
      0...0
    case .setFeatures, .setVringNum, .setVringBase, .getVringBase, .setVringKick, .setVringCall, .setVringErr,
      .setProtocolFeatures, .setVringEnable, .setStatus:
      8...8
    case .setVringAddr, .addMemReg, .remMemReg: 40...40
    // User-mode Linux sends room for two regions whatever their number, so more than the count is allowed.
    case .setMemTable: 8...8 + MemoryRegion.size * MemoryTable.maximumRegionsOfOneMessage
    case .getConfig, .setConfig: ConfigWindow.headerSize...ConfigWindow.headerSize + ConfigWindow.largest
    }
  }

  /// How many descriptors may come with it; some payloads narrow this further.
  var descriptorCounts: ClosedRange<Int> {
    switch self {
    case .setMemTable: 0...MemoryTable.maximumRegionsOfOneMessage
    case .setVringKick, .setVringCall, .setVringErr, .remMemReg: 0...1
    case .setBackendReqFD, .addMemReg, .gpuSetSocket: 1...1
    default: 0...0
    }
  }

  /// True when it always has a reply, so that `needsReply` means nothing.
  var hasReply: Bool {
    switch self {
    case .getFeatures, .getVringBase, .getProtocolFeatures, .getQueueNum, .getConfig, .getMaxMemSlots, .getStatus,
      .getShmemConfig:
      true
    default: false
    }
  }

  /// The most descriptors that any message may carry.
  package static let maximumDescriptors = MemoryTable.maximumRegionsOfOneMessage
}

package import LinuxIO
internal import Wire

extension FrontEndMessage {
  /// Understands a payload and the descriptors that came with it; those that the message has no use for are closed.
  package init(
    _ request: FrontEndRequest, payload: [UInt8], descriptors: [Descriptor]
  ) throws(ProtocolError) {
    try Self.check(request, payload.count, descriptors.count)
    do {
      var reader = ByteReader(payload)
      self = try Self.decode(request, &reader, descriptors)
    } catch let error as ProtocolError {
      throw error
    } catch {
      throw .payload(request.rawValue, found: payload.count, allowed: request.payloadSizes)
    }
  }

  private static func check(
    _ request: FrontEndRequest, _ count: Int, _ descriptorCount: Int
  ) throws(ProtocolError) {
    guard request.payloadSizes.contains(count) else {
      throw .payload(request.rawValue, found: count, allowed: request.payloadSizes)
    }
    guard request.descriptorCounts.contains(descriptorCount) else {
      throw .descriptors(request.rawValue, found: descriptorCount, allowed: request.descriptorCounts)
    }
  }

  private static func decode(
    _ request: FrontEndRequest, _ reader: inout ByteReader, _ descriptors: [Descriptor]
  ) throws -> FrontEndMessage {
    switch request {
    case .getFeatures: .getFeatures
    case .setFeatures: .setFeatures(try reader.u64())
    case .setOwner: .setOwner
    case .resetOwner: .resetOwner
    case .setMemTable: .setMemTable(try regions(&reader, descriptors))
    case .setVringNum: .setVringNum(try VringState(&reader))
    case .setVringAddr: .setVringAddr(try VringAddress(&reader))
    case .setVringBase: .setVringBase(try VringState(&reader))
    case .getVringBase: .getVringBase(try VringState(&reader))
    case .setVringKick: .setVringKick(try VringEvent(request, &reader, descriptors))
    case .setVringCall: .setVringCall(try VringEvent(request, &reader, descriptors))
    case .setVringErr: .setVringErr(try VringEvent(request, &reader, descriptors))
    case .getProtocolFeatures: .getProtocolFeatures
    case .setProtocolFeatures: .setProtocolFeatures(ProtocolFeatures(rawValue: try reader.u64()))
    case .getQueueNum: .getQueueNum
    case .setVringEnable: .setVringEnable(try VringState(&reader))
    case .setBackendReqFD: .setBackendReqFD(try only(request, descriptors))
    case .getConfig: .getConfig(try window(request, &reader))
    case .setConfig: .setConfig(try window(request, &reader))
    case .gpuSetSocket: .gpuSetSocket(try only(request, descriptors))
    case .resetDevice: .resetDevice
    case .getMaxMemSlots: .getMaxMemSlots
    case .addMemReg: .addMemReg(SharedRegion(try slot(&reader), file: try only(request, descriptors)))
    case .remMemReg: .remMemReg(try slot(&reader))
    case .setStatus: .setStatus(try reader.u64())
    case .getStatus: .getStatus
    case .getShmemConfig: .getShmemConfig
    }
  }

  private static func regions(_ reader: inout ByteReader, _ files: [Descriptor]) throws -> [SharedRegion] {
    let count = try reader.u32()
    try reader.skip(4)
    guard count == files.count else {
      let promised = Int(count)
      throw ProtocolError.descriptors(
        FrontEndRequest.setMemTable.rawValue, found: files.count, allowed: promised...promised)
    }
    return try files.map { SharedRegion(try MemoryRegion(&reader), file: $0) }
  }

  /// A region by itself, behind eight bytes of padding.
  private static func slot(_ reader: inout ByteReader) throws -> MemoryRegion {
    try reader.skip(8)
    return try MemoryRegion(&reader)
  }

  /// A window whose bytes are as many as it says, or none.
  private static func window(_ request: FrontEndRequest, _ reader: inout ByteReader) throws -> ConfigWindow {
    let window = try ConfigWindow(&reader)
    guard window.bytes.isEmpty || window.bytes.count == window.count else {
      let promised = ConfigWindow.headerSize + Int(window.count)
      throw ProtocolError.payload(
        request.rawValue, found: ConfigWindow.headerSize + window.bytes.count, allowed: promised...promised)
    }
    return window
  }

  private static func only(_ request: FrontEndRequest, _ descriptors: [Descriptor]) throws -> Descriptor {
    guard let descriptor = descriptors.first else {
      throw ProtocolError.descriptors(request.rawValue, found: 0, allowed: 1...1)
    }
    return descriptor
  }
}

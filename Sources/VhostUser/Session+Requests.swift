internal import LinuxIO
internal import Virtio
internal import Wire

extension Session {
  /// Carries a request out.
  func perform(_ message: FrontEndMessage) throws -> MessageResult {
    switch message {
    case .getFeatures: return .reply(number(device.offeredFeatures | FeatureBits.backEndFeatures))
    case .setFeatures(let bits): try setFeatures(bits)
    case .getProtocolFeatures: return .reply(number(offeredProtocolFeatures.rawValue))
    case .setProtocolFeatures(let features): try setProtocolFeatures(features)
    case .setOwner: break
    case .resetOwner: enableVrings(false)
    case .getQueueNum: return .reply(number(UInt64(vrings.count)))
    case .getMaxMemSlots: return .reply(number(UInt64(MemoryTable.maximumRegions)))
    case .setMemTable(let regions): return try changeMemory(message) { try $0.replace(with: regions) }
    case .addMemReg(let region): return try changeMemory(message) { try $0.add(region) }
    case .remMemReg(let region): return try changeMemory(message) { try $0.remove(region) }
    case .setVringNum(let state): try setSize(state)
    case .setVringAddr(let address): try setAddress(address)
    case .setVringBase(let state): try setBase(state)
    case .getVringBase(let state): return .reply(try getVringBase(state))
    case .setVringKick(let event): return try setKick(event)
    case .setVringCall(let event): try setCall(event)
    case .setVringErr(let event): try vring(event.index, for: .setVringErr).error = event.counter()
    case .setVringEnable(let state): return try setEnabled(state)
    case .setBackendReqFD(let descriptor): try openChannel(descriptor)
    case .getConfig(let window): return .reply(read(window))
    case .setConfig(let window): try write(window)
    case .gpuSetSocket(let socket): attachDisplay(socket)
    case .resetDevice: return resetDevice()
    case .setStatus(let status): return setStatus(status)
    case .getStatus: return .reply(number(status))
    case .getShmemConfig: return .reply(sharedMemoryConfiguration())
    }
    return .done
  }

  private func setFeatures(_ bits: UInt64) throws(RefusedRequest) {
    guard bits & FeatureBits.unusable == 0 else {
      throw RefusedRequest(
        request: FrontEndRequest.setFeatures.rawValue,
        reason: "the features 0x\(String(bits, radix: 16)) have packed rings or an IOMMU, which were not offered")
    }
    // The rings go by what was acknowledged, offered or not, for so does the driver.
    acknowledged = bits
    // A front end that does not know how to enable rings has them enabled; one that does has them as it left them.
    if bits & FeatureBits.protocolFeatures == 0 { enableVrings(true) }
    let features = bits & (device.offeredFeatures | FeatureBits.backEndFeatures)
    guarded.attempt { $0.acknowledge(features: features) }
    report(.featuresAcknowledged(features))
  }

  private func setProtocolFeatures(_ features: ProtocolFeatures) throws(RefusedRequest) {
    guard offeredProtocolFeatures.isSuperset(of: features) else {
      throw RefusedRequest(
        request: FrontEndRequest.setProtocolFeatures.rawValue,
        reason: "0x\(String(features.rawValue, radix: 16)) has bits that were not offered")
    }
    protocolFeatures = features
  }

  /// Writing zero resets the device, as the driver's own register does.
  private func setStatus(_ value: UInt64) -> MessageResult {
    guard value != 0 else { return resetDevice() }
    status = value
    return .done
  }

  private func resetDevice() -> MessageResult {
    for vring in vrings {
      stop(vring)
      vring.service.base = 0
      vring.isEnabled = false
    }
    status = 0
    displaySocket = nil
    report(.reset)
    return resetDevice(settling: { $0.reset() }) {}
  }

  private func attachDisplay(_ socket: Descriptor) {
    displaySocket = socket
    report(.displaySocket(socket))
  }

  /// Changes the memory table, then has device and rings look everything up in it again.
  private func changeMemory(
    _ message: FrontEndMessage, _ change: (inout MemoryTable) throws -> Void
  ) throws(RefusedRequest) -> MessageResult {
    let former = table.memory
    do {
      try change(&table)
    } catch {
      throw RefusedRequest(request: message.request.rawValue, reason: "\(error)")
    }
    for vring in vrings { vring.service.pause() }
    let memory = table.memory
    return complete {
      try $0.memoryChanged(memory, completion: $1)
    } then: { [weak self] isLate in
      // Mapped until the device does not use it any more.
      withExtendedLifetime(former) {}
      self?.continueVrings(afterWaiting: isLate)
    }
  }

  /// The window with its bytes; an empty reply says that there is no such place.
  private func read(_ window: ConfigWindow) -> [UInt8] {
    let space = device.configuration
    guard let range = window.range(inSpaceOf: space.count) else {
      notice("the configuration has \(space.count) bytes, and \(window.count) at \(window.offset) were asked for")
      return []
    }
    var reply = window
    reply.bytes = Array(space[range])
    var writer = ByteWriter(capacity: ConfigWindow.headerSize + reply.bytes.count)
    reply.encode(to: &writer)
    return writer.bytes
  }

  private func write(_ window: ConfigWindow) throws(RefusedRequest) {
    let size = device.configuration.count
    guard let range = window.range(inSpaceOf: size), window.bytes.count == range.count else {
      throw RefusedRequest(
        request: FrontEndRequest.setConfig.rawValue,
        reason: "\(window.count) bytes at \(window.offset) are not inside a configuration of \(size)")
    }
    guarded.attempt { $0.writeConfiguration(window.bytes, at: range.lowerBound) }
  }

  private func number(_ value: UInt64) -> [UInt8] {
    var writer = ByteWriter(capacity: 8)
    writer.u64(value)
    return writer.bytes
  }
}

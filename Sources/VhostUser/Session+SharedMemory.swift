internal import LinuxIO
internal import Virtio
internal import Wire

extension Session {
  /// What the front end may choose from.
  var offeredProtocolFeatures: ProtocolFeatures {
    device.sharedMemoryRegions.isEmpty ? .supported : .supported.union(.sharedMemorySupport)
  }

  /// How long a region is for this front end: it has none unless it said that it knows what they are. That it takes
  /// descriptors goes without saying then, for there is nothing to show without a file.
  func sharedMemoryCount(ofRegion regionID: UInt8) -> UInt64 {
    protocolFeatures.contains(.sharedMemory) ? device.sharedMemoryRegions[regionID] ?? 0 : 0
  }

  func sharedMemoryConfiguration() -> [UInt8] {
    var writer = ByteWriter(capacity: SharedMemoryConfiguration.size)
    SharedMemoryConfiguration(device.sharedMemoryRegions).encode(to: &writer)
    return writer.bytes
  }

  /// Has the front end show a file in a region of the device.
  func map(_ file: Descriptor, _ mapping: MMapRequest, completion: @escaping (Bool) -> Void) {
    guard !isResetting else { return completion(false) }
    ask(.shmemMap(mapping, file: file), mapping, completion)
  }

  /// Has the front end take it out again. When the device starts over the front end has done so by itself.
  func unmap(_ mapping: MMapRequest, completion: @escaping (Bool) -> Void) {
    guard !isResetting else { return completion(true) }
    ask(.shmemUnmap(mapping), mapping, completion)
  }

  /// Resets the device, after the channel has told it the result of its requests. `finish` is called when the device has
  /// completed that.
  @discardableResult
  func resetDevice(settling settle: (BackEndChannel) -> Void, then finish: @escaping () -> Void) -> MessageResult {
    isResetting = true
    if let channel { settle(channel) }
    return complete {
      try $0.reset(completion: $1)
    } then: { [weak self] _ in
      self?.isResetting = false
      finish()
    }
  }

  /// Opens a channel, and closes the previous one.
  func openChannel(_ descriptor: Descriptor) throws(SystemError) {
    let environment = ChannelEnvironment(
      loop: loop, maySend: { [weak self] in self?.isRunning == true }, notice: { [weak self] in self?.notice($0) },
      broken: { [weak self] in self?.end($0) })
    let next = try BackEndChannel(descriptor, environment: environment)
    channel?.close()
    rejectsConfigurationChanges = false
    channel = next
  }

  private func ask(_ message: BackEndMessage, _ mapping: MMapRequest, _ completion: @escaping (Bool) -> Void) {
    let (end, wraps) = mapping.offset.addingReportingOverflow(mapping.count)
    guard let channel, !wraps, mapping.count > 0, end <= sharedMemoryCount(ofRegion: mapping.regionID) else {
      return completion(false)
    }
    channel.send(message, wantsReply: protocolFeatures.contains(.replyAck), completion: completion)
  }
}

internal import Glibc
public import LinuxIO
internal import Wire

extension FrontEnd {
  /// Opens the channel over which the back end sends requests of its own, which are served while this side waits:
  /// ``wait(for:within:)``, ``waitForConfigurationChange(within:)``.
  public func openBackEndChannel() throws(FrontEndError) {
    do {
      let (ours, theirs) = try UnixSocket.makePair()
      try ours.descriptor.setNonBlocking()
      try tell(.setBackendReqFD(theirs.descriptor))
      channel = ours
      channelReader = MessageReader(.backEndRequests)
    } catch {
      throw FrontEndError(error)
    }
  }

  /// Makes a window for each shared memory region of the device, and opens the channel if it is not open. Without
  /// ``ProtocolFeatures/sharedMemory`` there are none.
  public func openSharedMemory() throws(FrontEndError) {
    guard protocolFeatures.contains(.sharedMemory) else { return }
    let reply = try ask(.getShmemConfig)
    var reader = ByteReader(reply)
    guard reply.count == SharedMemoryConfiguration.size, let configuration = try? SharedMemoryConfiguration(&reader)
    else { throw .wrongReply(request: FrontEndRequest.getShmemConfig.rawValue, count: reply.count) }
    sharedMemory = configuration.sizes.mapValues(MemoryWindow.init)
    if channel == nil { try openBackEndChannel() }
  }

  /// Waits for the back end to say that its configuration changed; false when it does not in time.
  public func waitForConfigurationChange(within timeout: Duration) throws(FrontEndError) -> Bool {
    let deadline = limited(.now + timeout)
    while let channel {
      try serveRequests(before: deadline)
      if hasConfigurationChange {
        hasConfigurationChange = false
        return true
      }
      guard try waitForAny(of: [channel.descriptor], before: deadline) else { return false }
    }
    return false
  }

  /// Waits for a counter of a queue to rise, and takes it; false when it does not in time. The requests of the back
  /// end are carried out meanwhile: a device that shows something in shared memory completes the guest's request when it is there.
  /// A back end that goes away meanwhile is ``FrontEndError/closed``.
  public func wait(for counter: EventCounter, within timeout: Duration) throws(FrontEndError) -> Bool {
    let deadline = limited(.now + timeout)
    while true {
      try serveRequests(before: deadline)
      if counter.drain() { return true }
      let descriptors = [counter.descriptor] + (channel.map { [$0.descriptor] } ?? [])
      guard try waitForAny(of: descriptors, before: deadline) else { return false }
    }
  }

  /// Across a reset of the device its shared memory regions are emptied. Its requests of before have come by now.
  func emptySharedMemory() throws(FrontEndError) {
    try serveRequests(before: limited(.now + timeout))
    for window in sharedMemory.values { window.unmapAll() }
  }

  private func waitForAny(
    of descriptors: [Descriptor], before deadline: ContinuousClock.Instant
  ) throws(FrontEndError) -> Bool {
    do {
      switch try Descriptor.wait(forAny: descriptors, orEndOf: socket, timeoutMilliseconds: deadline.milliseconds) {
      case .ready: return true
      case .peerGone: throw FrontEndError.closed
      case .timedOut: return false
      }
    } catch {
      throw FrontEndError(error)
    }
  }

  /// Serves the requests of the back end, until the deadline if it never pauses.
  private func serveRequests(before deadline: ContinuousClock.Instant) throws(FrontEndError) {
    do {
      repeat {
        guard let channel else { return }
        switch try channelReader.next(from: channel) {
        case .message(let message): try serve(message, over: channel)
        case .waiting: return
        case .ended: self.channel = nil
        }
      } while ContinuousClock.now < deadline
    } catch {
      throw FrontEndError(error)
    }
  }

  private func serve(_ message: Message, over channel: UnixSocket) throws {
    observe?(ObservedMessage(ofBackEnd: message))
    var code: Int32 = 0
    do {
      try perform(message)
    } catch let error as SystemError {
      code = error.code
    }
    guard message.header.flags.contains(.needsReply), protocolFeatures.contains(.replyAck) else { return }
    var writer = ByteWriter(capacity: 8)
    writer.u64(UInt64(code.magnitude))
    let number = message.header.request
    try send(
      Message.encode(request: number, flags: [.version, .reply], payload: writer.bytes), over: channel, request: number)
  }

  /// Carries out a request of the back end. A request that fails throws a `SystemError`, whose code goes into the reply.
  private func perform(_ message: Message) throws {
    guard let request = BackEndRequest(rawValue: message.header.request) else {
      throw SystemError("serve request \(message.header.request) of the back end", code: ENOTSUP)
    }
    switch try BackEndMessage(request, payload: message.payload, descriptors: message.descriptors) {
    case .configChangeMsg: hasConfigurationChange = true
    case .shmemMap(let mapping, let file):
      try window(mapping).map(
        file, from: mapping.fileOffset, count: mapping.count, at: mapping.offset, isWritable: mapping.isWritable)
    case .shmemUnmap(let mapping): try window(mapping).unmap(count: mapping.count, at: mapping.offset)
    }
  }

  private func window(_ mapping: MMapRequest) throws(SystemError) -> MemoryWindow {
    guard let window = sharedMemory[mapping.regionID] else {
      throw SystemError("find shared memory region \(mapping.regionID)", code: ENOTSUP)
    }
    return window
  }
}

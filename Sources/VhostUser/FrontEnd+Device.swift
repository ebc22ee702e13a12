public import LinuxIO
internal import Wire

extension FrontEnd {
  /// How many queues the device has.
  public func queueCount() throws(FrontEndError) -> Int {
    Int(clamping: try askNumber(.getQueueNum))
  }

  /// Reads the configuration space.
  public func readConfiguration(at offset: Int, count: Int) throws(FrontEndError) -> [UInt8] {
    guard let start = UInt32(exactly: offset), (0...ConfigWindow.largest).contains(count) else {
      throw .noConfiguration(offset: offset, count: count)
    }
    let window = ConfigWindow(offset: start, count: UInt32(count), bytes: [UInt8](repeating: 0, count: count))
    let answer = try ask(.getConfig(window))
    guard !answer.isEmpty else { throw .noConfiguration(offset: offset, count: count) }
    do {
      var reader = ByteReader(answer)
      let answered = try ConfigWindow(&reader)
      if answered.offset == start, answered.bytes.count == count { return answered.bytes }
    } catch {}
    throw .wrongAnswer(request: FrontEndRequest.getConfig.rawValue, count: answer.count)
  }

  /// Writes into the configuration space, as the driver does.
  public func writeConfiguration(_ bytes: [UInt8], at offset: Int) throws(FrontEndError) {
    guard let start = UInt32(exactly: offset), bytes.count <= ConfigWindow.largest else {
      throw .noConfiguration(offset: offset, count: bytes.count)
    }
    try tell(.setConfig(ConfigWindow(offset: start, count: UInt32(bytes.count), bytes: bytes)))
  }

  /// The status that was set last.
  public func status() throws(FrontEndError) -> UInt64 {
    try askNumber(.getStatus)
  }

  /// Sets the device's status; zero resets it.
  public func setStatus(_ status: UInt64) throws(FrontEndError) {
    try tell(.setStatus(status))
  }

  /// Resets the device and disables its rings.
  public func resetDevice() throws(FrontEndError) {
    try tell(.resetDevice)
  }

  /// Gives the device a socket to send its picture over (`VHOST_USER_GPU_SET_SOCKET`).
  public func attachDisplay(_ socket: Descriptor) throws(FrontEndError) {
    try tell(.gpuSetSocket(socket))
  }

  /// Opens the channel over which the back end sends requests of its own; for ``waitForConfigurationChange(within:)``.
  public func openBackEndChannel() throws(FrontEndError) {
    do {
      let (ours, theirs) = try UnixSocket.makePair()
      try ours.descriptor.setNonBlocking()
      try tell(.setBackendReqFD(theirs.descriptor))
      channel = ours
    } catch {
      throw FrontEndError(error)
    }
  }

  /// Waits for the back end to say that its configuration changed; false when it does not in time. A back end that asks
  /// for it is told that the news arrived.
  public func waitForConfigurationChange(within timeout: Duration) throws(FrontEndError) -> Bool {
    guard let channel else { return false }
    let change = BackEndRequest.configChangeMsg.rawValue
    do {
      let message = try next(&channelReader, from: channel, request: change, within: timeout)
      let isNews = message.header.request == change
      if message.header.flags.contains(.needsReply) {
        var verdict = ByteWriter(capacity: 8)
        verdict.u64(isNews ? 0 : 1)
        // A back end that has no room for the answer does not wait for it.
        _ = try? channel.sendSome(
          Message.encode(request: message.header.request, flags: [.version, .reply], payload: verdict.bytes))
      }
      return isNews
    } catch .timedOut {
      return false
    }
  }
}

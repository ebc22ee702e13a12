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
    let reply = try ask(.getConfig(window))
    guard !reply.isEmpty else { throw .noConfiguration(offset: offset, count: count) }
    do {
      var reader = ByteReader(reply)
      let read = try ConfigWindow(&reader)
      if read.offset == start, read.bytes.count == count { return read.bytes }
    } catch {}
    throw .wrongReply(request: FrontEndRequest.getConfig.rawValue, count: reply.count)
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
    if status == 0 { try emptySharedMemory() }
  }

  /// Resets the device and disables its rings.
  public func resetDevice() throws(FrontEndError) {
    try tell(.resetDevice)
    try emptySharedMemory()
  }

  /// Passes the display socket to the back end (`VHOST_USER_GPU_SET_SOCKET`).
  public func attachDisplay(_ socket: Descriptor) throws(FrontEndError) {
    try tell(.gpuSetSocket(socket))
  }
}

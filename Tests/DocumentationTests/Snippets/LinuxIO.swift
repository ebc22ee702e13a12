import LinuxIO

/// The example of `LinuxIO`.
private func receiveDescriptors() throws {
  // page LinuxIO
  let loop = try EventLoop()
  let acceptor = try Acceptor(
    UnixListener(path: "gpu.sock"), loop: loop,
    accepted: { (peer) throws(SystemError) in print(try peer.receive(4096).descriptors.count) }, failed: { print($0) })
  try loop.run()
  // end
  _ = acceptor
}

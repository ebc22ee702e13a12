import LinuxIO
import VhostUser
import Virtio
import Virtqueue

/// The first example of `VhostUser`.
private func serve(_ device: any VirtioDevice) throws {
  // page VhostUser
  let loop = try EventLoop()
  let server = Server(device: device, loop: loop) { print($0) }
  try server.listen(at: "device.sock")
  try loop.run()
  // end
}

/// The second one.
private func startQueue(_ region: MemoryRegion, _ file: Descriptor, _ layout: VirtqueueLayout) throws {
  // page VhostUser
  let frontEnd = try FrontEnd.connect(to: "device.sock")
  try frontEnd.negotiate(features: FeatureBits.version1)
  try frontEnd.share([SharedRegion(region, file: file)])
  let queue = try frontEnd.startQueue(0, layout: layout)
  queue.kick.signal()
  // end
}

/// The third one.
private func showFile(
  _ file: Descriptor, _ server: Server, _ request: VirtioRequest, respond: @escaping (Bool) -> UInt32
) {
  // page VhostUser
  server.map(file, count: 65536, ofRegion: 1, at: 0) { isShown in
    request.complete(written: respond(isShown))
  }
  // end
}

import LinuxIO
import VhostUser
import Virtqueue

/// The first example of `VhostUser`.
private func serveEcho() throws {
  // page VhostUser
  /// Answers every request with its own bytes.
  final class Echo: VirtioDevice {
    let offeredFeatures: UInt64 = 0
    let queueCount = 1
    let configuration: [UInt8] = []
    func writeConfiguration(_ bytes: [UInt8], at offset: Int) {}
    func featuresAcknowledged(_ features: UInt64) {}
    func reset() {}

    func process(_ request: VirtioRequest) {
      let answer = try? request.chain.write(request.chain.read(limit: 4096))
      request.complete(written: answer ?? 0)
    }
  }

  let loop = try EventLoop()
  let server = Server(device: Echo(), loop: loop) { print($0) }
  try server.listen(at: "echo.sock")
  try loop.run()
  // end
}

/// The second one.
private func startQueue(_ region: MemoryRegion, _ file: Descriptor, _ layout: VirtqueueLayout) throws {
  // page VhostUser
  let frontEnd = try FrontEnd.connect(to: "echo.sock")
  try frontEnd.negotiate(features: FeatureBits.version1)
  try frontEnd.share([SharedRegion(region, file: file)])
  let queue = try frontEnd.startQueue(0, layout: layout)
  queue.kick.signal()
  // end
}

/// The third one.
private func showFile(
  _ file: Descriptor, _ server: Server, _ request: VirtioRequest, answer: @escaping (Bool) -> UInt32
) {
  // page VhostUser
  server.map(file, count: 65536, ofRegion: 1, at: 0) { isShown in
    request.complete(written: answer(isShown))
  }
  // end
}

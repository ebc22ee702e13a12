import Display
import LinuxIO
import Logging
import VhostUser
import VhostUserGPU
import VirtioGPU

/// The first example of `VhostUserGPU`.
private func serve(_ device: Device, log: Logger) throws {
  // page VhostUserGPU
  let loop = try EventLoop()
  let backEnd = try GPUBackEnd(device, loop: loop, log: log) { error in loop.stop() }
  let server = Server(device: backEnd, loop: loop) { event in log.info("\(event)") }
  device.onConfigurationChange = { server.configurationChanged() }
  try server.listen(at: "gpu.sock")
  try loop.run()
  // end
}

/// The second one.
private func attachDisplay(to frontEnd: FrontEnd) throws {
  // page VhostUserGPU
  let (ours, theirs) = try UnixSocket.makePair()
  let display = try DisplayFrontEnd(ours, outputs: [Output(size: Size(width: 1920, height: 1080))])
  try frontEnd.attachDisplay(theirs.descriptor)
  // … the guest draws …
  print(display.traffic.pixelBytes)
  // end
}

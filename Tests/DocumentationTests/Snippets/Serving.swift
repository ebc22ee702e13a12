import Display
import LinuxIO
import Logging
import Serving
import VhostUser
import VirtioGPU

/// The example of `Serving`.
private func serve(_ outputs: [Output], clock: @escaping () -> DisplayTime, log: Logger) throws {
  // page Serving
  let loop = try EventLoop()
  let wake = try EventCounter()
  let display = DisplaySource { wake.signal() }
  let device = Device(outputs: outputs, display: display, clock: clock)
  let runner = try DeviceRunner(device, loop: loop, displayWake: wake, log: log) { error in loop.stop() }
  let server = Server(device: device, loop: loop) { event in log.info("\(event)") }
  runner.observe(server)
  device.onConfigurationChange = { server.configurationChanged() }
  try server.listen(at: "gpu.sock")
  try loop.run()
  // end
}

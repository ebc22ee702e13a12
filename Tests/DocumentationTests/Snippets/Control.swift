import Control
import LinuxIO
import VirtioGPU

/// The example of `Control`.
private func serveRequests(at listener: UnixListener, loop: EventLoop, device: Device) throws {
  // page Control
  let server = try ControlServer(at: listener, loop: loop) { request in
    do throws(OutputLayoutError) {
      let output = try device.carryOut(request)
      return ControlResponse(outputs: device.outputStates, output: output, guest: .notified)
    } catch {
      return ControlResponse(error: error.description)
    }
  }
  // end
  server.stop()
}

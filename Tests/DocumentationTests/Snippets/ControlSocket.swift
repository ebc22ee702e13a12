import ControlSocket
import LinuxIO
import VirtioGPU

/// The example of `ControlSocket`.
private func serveRequests(at listener: UnixListener, loop: EventLoop, device: Device) throws {
  // page ControlSocket
  let server = try ControlServer(at: listener, loop: loop) { request in
    do throws(OutputLayoutError) {
      var output: Int?
      if case .change(let change) = request { output = try device.apply(change) }
      return ControlResponse(outputs: device.outputStates, output: output, guest: output == nil ? nil : .notified)
    } catch {
      return ControlResponse(error: error.description)
    }
  }
  // end
  server.stop()
}

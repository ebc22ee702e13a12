import Control
import Display
import Logging
import VhostUser
import Serving
import VirtioGPU

/// Changes the monitors of a served device, for its control socket and for its windows, and has the guest notified.
/// Everything is called on the device's thread.
final class MonitorDesk {
  private let device: Device
  private let server: Server
  private let log: RateLimitedLog

  init(_ device: Device, served server: Server, log: RateLimitedLog) {
    self.device = device
    self.server = server
    self.log = log
    device.onConfigurationChange = { [weak self] in self?.notify() }
  }

  /// Carries out what a user asks at the control socket.
  func answer(_ request: ControlRequest) -> ControlResponse {
    do throws(OutputLayoutError) {
      let before = device.outputs
      let output = try device.carryOut(request)
      if let output, device.outputs != before {
        log.log(.info, "output \(output): \(device.outputStates[output].summary)")
      }
      return ControlResponse(outputs: device.outputStates, output: output, guest: output == nil ? nil : news)
    } catch {
      return ControlResponse(error: error.description)
    }
  }

  /// Gives monitors the sizes that users gave their windows.
  func grant(_ wishes: [(scanout: ScanoutID, size: Size)]) {
    for wish in wishes {
      let answer = answer(.resize(wish.scanout, DisplayMode(nearest: wish.size)))
      if let error = answer.error { log.log(.debug, "a window was resized: \(error)") }
    }
  }

  private var news: ControlResponse.GuestNotification {
    guard server.isServing else { return .absent }
    return server.canNotify ? .notified : .unreachable
  }

  private func notify() {
    guard !server.configurationChanged(), server.isServing else { return }
    log.log(.warning, "the guest could not be notified: it sees the monitors as they are now when it starts again")
  }
}

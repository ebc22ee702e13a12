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
      let output: Int?
      switch request {
      case .list: output = nil
      case .change(let change): output = try device.apply(change)
      }
      if let output, device.outputs != before {
        log.log(.info, "output \(output): \(device.outputStates[output].summary)")
      }
      return ControlResponse(outputs: device.outputStates, output: output, guest: output == nil ? nil : news)
    } catch {
      return ControlResponse(error: error.description)
    }
  }

  /// Carries out what the user of a window requests.
  func grant(_ request: DisplayRequest, of scanout: ScanoutID) {
    switch request {
    case .resize(let size):
      let response = answer(.change(.resize(scanout, DisplayMode(nearest: size))))
      if let error = response.error { log.log(.debug, "a window was resized: \(error)") }
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

internal import Control
internal import Display
internal import Logging
internal import VhostUser
internal import VirtioGPU

/// Controller of the outputs of a served device: carries out requests of the control socket and of windows, and
/// notifies the guest.
///
/// Everything is called on the device's thread.
final class OutputController {
  private let device: Device
  private let server: Server
  private let log: RateLimitedLog

  init(_ device: Device, served server: Server, log: RateLimitedLog) {
    self.device = device
    self.server = server
    self.log = log
    device.onConfigurationChange = { [weak self] in self?.notify() }
  }

  /// Carries out a request of the control socket.
  func respond(to request: ControlRequest) -> ControlResponse {
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
      return ControlResponse(outputs: device.outputStates, output: output, guest: output == nil ? nil : notification)
    } catch {
      return ControlResponse(error: error.description)
    }
  }

  /// Carries out a request of a display sink: the output gets the size that the user gave to its window.
  func carryOut(_ request: DisplayRequest, of scanout: ScanoutID) {
    switch request {
    case .resize(let size):
      let response = respond(to: .change(.resize(scanout, DisplayMode(nearest: size))))
      if let error = response.error { log.log(.debug, "a resized window did not change its output: \(error)") }
    }
  }

  private var notification: ControlResponse.GuestNotification {
    guard server.isServing else { return .absent }
    return server.canNotify ? .notified : .unreachable
  }

  private func notify() {
    guard !server.configurationChanged(), server.isServing else { return }
    log.log(.warning, "the guest could not be notified: it sees the change when it starts again")
  }
}

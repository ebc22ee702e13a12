internal import ControlSocket
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
  /// What the front end's display replied last; nil: it has not replied yet.
  private var frontEndOutputs: [Output]?

  init(_ device: Device, served server: Server, log: RateLimitedLog) {
    self.device = device
    self.server = server
    self.log = log
    device.onConfigurationChange = { [weak self] in self?.notify() }
  }

  /// Carries out a change of the control socket or of a window; nil: nothing is changed.
  func respond(to change: OutputChange?) -> ControlResponse {
    do throws(OutputLayoutError) {
      let before = device.outputs
      let output: Int? = if let change { try device.apply(change) } else { nil }
      if let output, device.outputs != before {
        log.log(.info, "output \(output): \(device.outputStates[output].summary)")
      }
      return ControlResponse(outputs: device.outputStates, output: output, guest: output == nil ? nil : notification)
    } catch {
      return ControlResponse(error: error.description)
    }
  }

  /// Gives an output the size that the user gave to its window.
  func resize(_ scanout: ScanoutID, to size: Size) {
    let response = respond(to: .resize(scanout, DisplayMode(nearest: size)))
    if let error = response.error { log.log(.debug, "a resized window did not change its output: \(error)") }
  }

  /// The desktop of the guest: what it shows, at the positions of the outputs. While it shows nothing, the outputs that are
  /// enabled.
  var desktop: Desktop {
    let outputs = device.outputs
    let shown = device.shownSizes
    let isDark = shown.allSatisfy { $0 == nil }
    return Desktop(
      outputs.indices.compactMap { index in
        let size = isDark && outputs[index].isEnabled ? outputs[index].size : shown[index]
        return size.map { Desktop.Place(scanout: index, position: outputs[index].position, size: $0) }
      })
  }

  /// Takes the outputs of the front end's display. Those that it changed since its last reply are changed; the others stay as
  /// the control socket or a window left them.
  func take(frontEnd outputs: [Output], notifiesDriver: Bool) {
    let before = frontEndOutputs
    frontEndOutputs = outputs
    var layout = device.outputs
    for index in layout.indices.prefix(outputs.count) where before?[index] != outputs[index] {
      layout[index] = Output(frontEnd: outputs[index])
    }
    // QEMU gives every output the position 0,0.
    let enabled = layout.indices.filter { layout[$0].isEnabled }
    if Set(enabled.map { layout[$0].position }).count < enabled.count {
      var x: Int32 = 0
      for index in enabled {
        layout[index].position = Point(x: x, y: 0)
        // At most 16 outputs of 8192 pixels.
        x += Int32(clamping: layout[index].size.width)
      }
    }
    let old = device.outputs
    device.setOutputs(OutputLayout(layout), notifiesDriver: notifiesDriver)
    for (index, state) in device.outputStates.enumerated() where old[index] != device.outputs[index] {
      log.log(.info, "output \(index) is set by the virtual machine's display: \(state.summary)")
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

extension Output {
  /// An output of a front end, whose numbers may be anything, with the nearest mode that guests take.
  fileprivate init(frontEnd output: Output) {
    let positions = OutputLayout.positions
    guard output.isEnabled else {
      self = .unplugged
      return
    }
    let isNear = positions.contains(output.position.x) && positions.contains(output.position.y)
    self.init(size: DisplayMode(nearest: output.size).size, position: isNear ? output.position : .zero)
  }
}

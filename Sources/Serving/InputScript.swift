internal import Display
internal import VirtioInput

/// Actions of input devices in an order, as one request of the control socket asks for them.
struct InputScript {
  /// One action of one device.
  struct Step {
    let device: InputDevice
    let action: InputAction
  }

  /// What is left to do.
  private(set) var steps: ArraySlice<Step>
  /// How many actions there are.
  let count: Int
  /// The devices that take part.
  let devices: [InputDevice]

  init(_ steps: [Step]) {
    self.steps = steps[...]
    count = steps.count
    var devices: [InputDevice] = []
    for step in steps where !devices.contains(where: { $0 === step.device }) { devices.append(step.device) }
    self.devices = devices
  }

  /// How many actions the guest has not taken, or fewer when waiting events were merged.
  var waitingCount: Int { steps.count + devices.reduce(0) { $0 + $1.waitingCount } }

  /// True when the guest has taken everything.
  var isComplete: Bool { waitingCount == 0 }

  mutating func popFirst() -> Step? { steps.popFirst() }

  /// What is left is not done, but for releases: nothing stays pressed.
  mutating func abandon() {
    while let step = steps.popFirst() {
      switch step.action {
      case .release, .touchUp: step.device.send(step.action)
      default: break
      }
    }
  }
}

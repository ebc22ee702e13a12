internal import Display
internal import VirtioInput

/// Strokes of input devices in an order, as one request of the control socket asks for them.
struct InputScript {
  /// One action of one device.
  struct Step {
    let device: InputDevice
    let action: InputAction
  }

  /// Actions that happen at once: a key that is pressed and released, with its modifiers.
  typealias Stroke = [Step]

  /// What is left to do.
  private var strokes: ArraySlice<Stroke>
  /// How many actions there are.
  let count: Int
  /// The devices that take part.
  let devices: [InputDevice]

  init(_ strokes: [Stroke]) {
    self.strokes = strokes[...]
    count = strokes.reduce(0) { $0 + $1.count }
    var devices: [InputDevice] = []
    for step in strokes.joined() where !devices.contains(where: { $0 === step.device }) { devices.append(step.device) }
    self.devices = devices
  }

  /// Strokes of one device.
  init(_ device: InputDevice, _ strokes: [[InputAction]]) {
    self.init(strokes.map { $0.map { Step(device: device, action: $0) } })
  }

  /// How many actions the guest has not taken, or fewer when waiting events were merged.
  var waitingCount: Int { strokes.reduce(0) { $0 + $1.count } + devices.reduce(0) { $0 + $1.waitingCount } }

  /// True when the guest has taken everything.
  var isComplete: Bool { waitingCount == 0 }

  /// Takes the next stroke out, if there is one and its devices have room.
  mutating func next(maximumWaiting: Int) -> Stroke? {
    guard let stroke = strokes.first, stroke.allSatisfy({ $0.device.waitingCount < maximumWaiting }) else { return nil }
    return strokes.popFirst()
  }
}

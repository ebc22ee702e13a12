internal import Display
internal import Text
internal import VirtioInput

/// Why a guest gets no input, in a sentence that says what can be done.
enum InputError: Error, Equatable, CustomStringConvertible {
  /// No device of these kinds is served.
  case notServed([InputDeviceKind])
  /// The guest has no driver for the device, or has not started it.
  case notListening(InputDeviceKind)
  /// The scanout shows nothing.
  case scanoutOff(ScanoutID)
  /// The position is not on the scanout.
  case outside(Point, Size, ScanoutID)
  /// The guest takes no events.
  case notTaken(actions: Int, seconds: Int)
  /// The device was reset, or its front end left, before the guest had everything.
  case guestLeft

  var description: String {
    switch self {
    case .notServed(let kinds):
      "no \(kinds.map(\.rawValue).joined(separator: " or ")) is served: start scanout serve with "
        + kinds.map { "--\($0.rawValue)-socket PATH" }.joined(separator: " or ")
    case .notListening(let kind):
      "the guest does not listen to the \(kind.rawValue): its virtual machine is not connected to the socket of the "
        + "\(kind.rawValue), or the guest has not started its virtio-input driver"
    case .scanoutOff(let scanout): "scanout \(scanout) shows nothing to point at"
    case .outside(let point, let size, let scanout):
      "\(point.x),\(point.y) is outside of scanout \(scanout), which shows \(size): pixels count from 0,0"
    case .notTaken(let actions, let seconds):
      "the guest has not taken \(count(actions, "action")) within \(seconds) s: is it stopped?"
    case .guestLeft: "the guest has left or was reset before it had taken everything"
    }
  }
}

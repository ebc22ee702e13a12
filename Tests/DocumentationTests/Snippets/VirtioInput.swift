import Display
import LinuxIO
import VhostUser
import VirtioInput

/// The example of `VirtioInput`.
private func serveKeyboard(at path: String, loop: EventLoop) throws {
  // page VirtioInput
  let keyboard = InputDevice(.keyboard)
  let server = Server(device: keyboard, loop: loop) { print($0) }
  try server.listen(at: path)
  keyboard.onLEDs = { leds in print("caps lock:", leds.contains(.capsLock)) }
  if let key = KeyCode(named: "a") {
    keyboard.send(.press(key))
    keyboard.send(.release(key))
  }
  // end
}

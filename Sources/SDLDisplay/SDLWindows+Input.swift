internal import CSDL2
import Display

/// Keys, pointing devices and fingers of users: each event becomes a request of the window's scanout.
extension SDLWindows {
  /// SDL's number of the mouse for events that it made from fingers (`SDL_TOUCH_MOUSEID`, a macro that Swift does not see).
  private static let touchMouse = UInt32.max

  /// Handles an event of input; others are left alone.
  @unsafe
  func handleInput(_ event: SDL_Event) {
    // Safe: the type says which member of the union it is, here and below.
    switch unsafe SDL_EventType(event.type) {
    case SDL_KEYDOWN, SDL_KEYUP: unsafe handle(event.key)
    case SDL_MOUSEMOTION where unsafe event.motion.which != Self.touchMouse: unsafe handle(event.motion)
    case SDL_MOUSEBUTTONDOWN, SDL_MOUSEBUTTONUP:
      if unsafe event.button.which != Self.touchMouse { unsafe handle(event.button) }
    case SDL_MOUSEWHEEL where unsafe event.wheel.which != Self.touchMouse: unsafe handle(event.wheel)
    case SDL_FINGERDOWN, SDL_FINGERMOTION, SDL_FINGERUP: unsafe handle(event.tfinger)
    default: break
    }
  }

  /// Releases everything: keys are released elsewhere now, and nobody tells us.
  func releaseAll(of scanout: ScanoutID) {
    sink.request(.input(input.releaseAll()), of: scanout)
  }

  private func send(_ event: InputEvent?, to scanout: ScanoutID) {
    if let event { sink.request(.input(event), of: scanout) }
  }

  private func place(in id: UInt32) -> (scanout: ScanoutID, place: PointerPlace)? {
    guard let (scanout, window) = windows.first(where: { $0.value.id == id }), let place = window.pointerPlace else {
      return nil
    }
    return (scanout, place)
  }

  private func handle(_ event: SDL_KeyboardEvent) {
    guard let scanout = windows.first(where: { $0.value.id == event.windowID })?.key else { return }
    let isPressed = event.type == SDL_KEYDOWN.rawValue
    let scancode = event.keysym.scancode.rawValue
    send(WindowInput.key(scancode: scancode, isPressed: isPressed, isRepeated: event.repeat != 0), to: scanout)
  }

  private func handle(_ event: SDL_MouseMotionEvent) {
    guard let (scanout, place) = place(in: event.windowID) else { return }
    send(.position(.pixel(place.pixel(x: event.x, y: event.y))), to: scanout)
  }

  private func handle(_ event: SDL_MouseButtonEvent) {
    guard let (scanout, place) = place(in: event.windowID) else { return }
    // The pointer may have entered the window with this click.
    send(.position(.pixel(place.pixel(x: event.x, y: event.y))), to: scanout)
    send(WindowInput.button(event.button, isPressed: event.type == SDL_MOUSEBUTTONDOWN.rawValue), to: scanout)
  }

  private func handle(_ event: SDL_MouseWheelEvent) {
    guard let scanout = windows.first(where: { $0.value.id == event.windowID })?.key else { return }
    send(input.wheel(vertical: event.preciseY, horizontal: event.preciseX), to: scanout)
  }

  private func handle(_ event: SDL_TouchFingerEvent) {
    guard let (scanout, place) = place(in: event.windowID) else { return }
    let position = PointerPosition.pixel(place.pixel(partX: event.x, partY: event.y))
    let phase: TouchPhase =
      switch SDL_EventType(event.type) {
      case SDL_FINGERDOWN: .down(position)
      case SDL_FINGERMOTION: .move(position)
      default: .up
      }
    send(input.touch(WindowInput.Finger(device: event.touchId, finger: event.fingerId), phase), to: scanout)
  }
}

extension ScanoutWindow {
  /// Where the pointer is in the image; nil: there is no image.
  var pointerPlace: PointerPlace? {
    shown.flatMap { PointerPlace(window: windowSize, output: outputSize, image: $0) }
  }
}

import CSDL2
import Display
import SDLDisplay
import Testing

@Suite("Input of windows")
struct WindowInputTests {
  @Test("keys go by their place: HID usages and SDL's own scancodes have the codes of Linux")
  func keys() {
    let pairs: [(SDL_Scancode, UInt16)] = [
      (SDL_SCANCODE_A, 30), (SDL_SCANCODE_Z, 44), (SDL_SCANCODE_1, 2), (SDL_SCANCODE_0, 11), (SDL_SCANCODE_RETURN, 28),
      (SDL_SCANCODE_ESCAPE, 1), (SDL_SCANCODE_BACKSLASH, 43), (SDL_SCANCODE_NONUSHASH, 43), (SDL_SCANCODE_GRAVE, 41),
      (SDL_SCANCODE_CAPSLOCK, 58), (SDL_SCANCODE_F1, 59), (SDL_SCANCODE_F12, 88), (SDL_SCANCODE_PRINTSCREEN, 99),
      (SDL_SCANCODE_PAUSE, 119), (SDL_SCANCODE_INSERT, 110), (SDL_SCANCODE_RIGHT, 106), (SDL_SCANCODE_UP, 103),
      (SDL_SCANCODE_NUMLOCKCLEAR, 69), (SDL_SCANCODE_KP_ENTER, 96), (SDL_SCANCODE_KP_0, 82),
      (SDL_SCANCODE_KP_PERIOD, 83),
      (SDL_SCANCODE_NONUSBACKSLASH, 86), (SDL_SCANCODE_APPLICATION, 127), (SDL_SCANCODE_F13, 183),
      (SDL_SCANCODE_F24, 194), (SDL_SCANCODE_UNDO, 131), (SDL_SCANCODE_VOLUMEDOWN, 114), (SDL_SCANCODE_KP_COMMA, 121),
      (SDL_SCANCODE_INTERNATIONAL1, 89), (SDL_SCANCODE_INTERNATIONAL3, 124), (SDL_SCANCODE_LANG1, 122),
      (SDL_SCANCODE_LANG5, 85), (SDL_SCANCODE_LCTRL, 29), (SDL_SCANCODE_LSHIFT, 42), (SDL_SCANCODE_LGUI, 125),
      (SDL_SCANCODE_RALT, 100), (SDL_SCANCODE_RGUI, 126), (SDL_SCANCODE_AUDIONEXT, 163), (SDL_SCANCODE_AUDIOMUTE, 113),
      (SDL_SCANCODE_AC_BACK, 158), (SDL_SCANCODE_BRIGHTNESSUP, 225), (SDL_SCANCODE_SLEEP, 142),
      (SDL_SCANCODE_AUDIOFASTFORWARD, 208),
    ]
    for (scancode, code) in pairs { #expect(KeyCode(scancode: scancode.rawValue)?.rawValue == code, "\(scancode)") }
    #expect(KeyCode.scancodes.count > 160)
    for scancode in [0, 1, 3, 0x100, 0xffff, .max] as [UInt32] { #expect(KeyCode(scancode: scancode) == nil) }
    #expect(WindowInput.key(scancode: 4, isPressed: true, isRepeated: true) == nil)
    #expect(
      WindowInput.key(scancode: 4, isPressed: true, isRepeated: false) == .key(KeyCode(rawValue: 30), isPressed: true))
  }

  @Test("five buttons have names, others none")
  func buttons() {
    for (number, button) in zip(UInt8(1)..., [PointerButton.left, .middle, .right, .side, .extra]) {
      #expect(WindowInput.button(number, isPressed: true) == .button(button, isPressed: true))
    }
    for number in [0, 6, 255] as [UInt8] { #expect(WindowInput.button(number, isPressed: true) == nil) }
  }

  @Test("parts of a notch add up to units, and what is no number turns nothing")
  func wheel() {
    var input = WindowInput()
    #expect(input.wheel(vertical: 1, horizontal: -2) == .wheel(vertical: 120, horizontal: -240))
    #expect(input.wheel(vertical: 0.25, horizontal: 0) == .wheel(vertical: 30, horizontal: 0))
    #expect(input.wheel(vertical: 0.004, horizontal: 0) == nil)
    #expect(input.wheel(vertical: 0.005, horizontal: 0) == .wheel(vertical: 1, horizontal: 0))
    for notches in [Float.nan, .infinity, 1e30] { #expect(input.wheel(vertical: notches, horizontal: 0) == nil) }
    #expect(input.wheel(vertical: -1, horizontal: 0) == .wheel(vertical: -120, horizontal: 0))
  }

  @Test("ten fingers have slots, which are free again when they are up")
  func fingers() {
    var input = WindowInput()
    let down = TouchPhase.down(.pixel(.zero))
    let fingers = (0..<11).map { WindowInput.Finger(device: 1, finger: Int64($0) &* 1_000_003) }
    for (slot, finger) in fingers.prefix(10).enumerated() {
      #expect(input.touch(finger, down) == .touch(slot: slot, down))
    }
    #expect(input.touch(fingers[10], down) == nil && input.touch(fingers[10], .up) == nil)
    #expect(input.touch(fingers[4], .up) == .touch(slot: 4, .up))
    #expect(input.touch(fingers[10], down) == .touch(slot: 4, down))
    #expect(input.touch(fingers[4], .move(.pixel(.zero))) == nil)
    #expect(input.releaseAll() == .releaseAll)
    #expect(input.touch(fingers[0], .up) == nil)
  }

  @Test("every pixel of an image is pointed at where it is drawn, at every size of a window that shows all of them")
  func everyPixel() throws {
    let images = [Size(width: 64, height: 48), Size(width: 1, height: 1), Size(width: 37, height: 91)]
    for image in images {
      for (width, height) in [(64, 48), (91, 91), (128, 96), (200, 1000), (333, 222), (1280, 800)] as [(UInt32, UInt32)]
      {
        for density in [1, 2] as [UInt32] {
          let (window, output) = (
            Size(width: width, height: height), Size(width: width * density, height: height * density)
          )
          let place = try #require(PointerPlace(window: window, output: output, image: image))
          let frame = Letterbox(image, in: output).frame
          guard frame.width >= image.width * density, frame.height >= image.height * density else { continue }
          for x in 0..<image.width {
            // The coordinate in the middle of what is drawn of the pixel.
            let drawn = Double(frame.x) + (Double(x) + 0.5) * Double(frame.width) / Double(image.width)
            #expect(place.pixel(x: Int32(drawn / Double(density)), y: 0).x == Int32(x), "\(x) of \(image) in \(window)")
          }
          for y in 0..<image.height {
            let drawn = Double(frame.y) + (Double(y) + 0.5) * Double(frame.height) / Double(image.height)
            #expect(place.pixel(x: 0, y: Int32(drawn / Double(density))).y == Int32(y), "\(y) of \(image) in \(window)")
          }
        }
      }
    }
  }

  @Test("bars, places outside and fingers are brought to the nearest pixel")
  func edges() throws {
    let place = try #require(
      PointerPlace(
        window: Size(width: 400, height: 100), output: Size(width: 800, height: 200), image: Size(width: 50, height: 50)
      ))
    #expect(place.pixel(x: 0, y: 0) == .zero)
    #expect(place.pixel(x: 150, y: 0) == .zero && place.pixel(x: 152, y: 2) == Point(x: 1, y: 1))
    #expect(place.pixel(x: 399, y: 99) == Point(x: 49, y: 49) && place.pixel(x: .max, y: .min) == Point(x: 49, y: 0))
    #expect(place.pixel(partX: 0.5, partY: 0.5) == Point(x: 25, y: 25))
    #expect(place.pixel(partX: .nan, partY: .infinity) == Point(x: 0, y: 49))
    let empty = Size(width: 0, height: 5)
    #expect(PointerPlace(window: empty, output: empty, image: empty) == nil)
  }
}

@Suite("Requests of input", .serialized, .timeLimit(.minutes(5)))
@SDLActor struct InputRequestTests {
  private func push(_ fill: (inout SDL_Event) -> Void) {
    // Safe: a structure of numbers is filled, and SDL copies it.
    var event = unsafe SDL_Event()
    unsafe fill(&event)
    unsafe SDL_PushEvent(&event)
  }

  @Test("events of a window are requests of its scanout, in order, and lost focus releases everything")
  func requests() throws {
    let windows = try SDLWindows.invisible()
    let source = DisplaySource()
    var requests: [DisplayRequest] = []
    source.onRequest = { request, scanout in
      #expect(scanout == 3)
      if case .input = request { requests.append(request) }
    }
    try source.add(windows.sink, named: "window", policy: .required)
    try source.emit(.scanout(.plain(64, 48, red)), on: 3, at: .zero)
    _ = try windows.show(3)
    windows.handleEvents()
    try source.serve()
    requests = []
    windows.userResizes(to: Size(width: 256, height: 96), scanout: 3)
    windows.handleEvents()
    let id = try #require(windows.windowID(of: 3))
    for isPressed in [true, false] {
      unsafe push {
        unsafe $0.key.type = (isPressed ? SDL_KEYDOWN : SDL_KEYUP).rawValue
        unsafe $0.key.windowID = id
        unsafe $0.key.keysym.scancode = SDL_SCANCODE_A
      }
    }
    unsafe push {
      unsafe $0.key.type = SDL_KEYDOWN.rawValue
      unsafe $0.key.windowID = id
      unsafe $0.key.repeat = 1
      unsafe $0.key.keysym.scancode = SDL_SCANCODE_A
    }
    unsafe push {
      unsafe $0.motion.type = SDL_MOUSEMOTION.rawValue
      unsafe $0.motion.windowID = id
      unsafe $0.motion.x = 64 + 2 * 10
      unsafe $0.motion.y = 2 * 47
    }
    unsafe push {
      unsafe $0.button.type = SDL_MOUSEBUTTONDOWN.rawValue
      unsafe $0.button.windowID = id
      unsafe $0.button.button = 3
      unsafe $0.button.x = 64
      unsafe $0.button.y = 0
    }
    unsafe push {
      unsafe $0.wheel.type = SDL_MOUSEWHEEL.rawValue
      unsafe $0.wheel.windowID = id
      unsafe $0.wheel.preciseY = -0.5
    }
    unsafe push {
      unsafe $0.tfinger.type = SDL_FINGERDOWN.rawValue
      unsafe $0.tfinger.windowID = id
      unsafe $0.tfinger.fingerId = 77
      unsafe $0.tfinger.x = 0.5
      unsafe $0.tfinger.y = 0.5
    }
    // What SDL makes of a finger is not passed on a second time.
    unsafe push {
      unsafe $0.motion.type = SDL_MOUSEMOTION.rawValue
      unsafe $0.motion.windowID = id
      unsafe $0.motion.which = .max
    }
    // Of a window that is gone.
    unsafe push {
      unsafe $0.motion.type = SDL_MOUSEMOTION.rawValue
      unsafe $0.motion.windowID = id + 1000
    }
    windows.inject(SDL_WINDOWEVENT_FOCUS_LOST, on: 3)
    windows.handleEvents()
    try source.serve()
    let a = KeyCode(rawValue: 30)
    #expect(
      requests == [
        .input(.key(a, isPressed: true)), .input(.key(a, isPressed: false)),
        .input(.position(.pixel(Point(x: 10, y: 47)))), .input(.position(.pixel(.zero))),
        .input(.button(.right, isPressed: true)), .input(.wheel(vertical: -60, horizontal: 0)),
        .input(.touch(slot: 0, .down(.pixel(Point(x: 32, y: 24))))), .input(.releaseAll),
      ])
  }
}

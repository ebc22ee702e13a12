import CSDL2
import Display
import LinuxIO
import ScanoutTesting
import SDLDisplay

/// Where tests use SDL: on one thread of its own, one test after the other.
@globalActor
actor SDLActor {
  static let shared = SDLActor()

  private let thread = ThreadExecutor(named: "sdl-tests")

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    // Safe: the actor keeps its executor for as long as it lives, which is for ever.
    unsafe thread.asUnownedSerialExecutor()
  }
}

extension SDLWindows {
  /// Invisible windows whose pixels can be read.
  static func invisible(
    _ name: String = "", whenFinished: WhenFinished = .close, driver: String = "dummy"
  ) throws -> SDLWindows {
    var options = Options(name: name, whenFinished: whenFinished, videoDriver: driver)
    options.isSoftware = true
    return try SDLWindows(options)
  }
}

extension WindowSink {
  /// Takes events of a scanout, at no time in particular.
  func receive(_ events: DisplayEvent..., on scanout: ScanoutID = 0) throws {
    for event in events { try receive(event, on: scanout, at: .zero) }
  }
}

extension SDLWindows {
  /// Handles events, draws what changed, and returns what the window of the scanout shows then.
  func show(_ scanout: ScanoutID = 0) throws -> [UInt32] {
    handleEvents()
    try draw()
    return try pixels(of: scanout)?.words ?? []
  }

  /// Sends a window an event, as a user or a window manager would.
  func inject(_ kind: SDL_WindowEventID, _ size: Size = Size(width: 0, height: 0), on scanout: ScanoutID = 0) {
    // Safe: a structure of numbers is filled, and SDL copies it.
    var event = unsafe SDL_Event()
    unsafe event.window.type = SDL_WINDOWEVENT.rawValue
    unsafe event.window.windowID = windowID(of: scanout) ?? 0
    unsafe event.window.event = UInt8(kind.rawValue)
    unsafe event.window.data1 = Int32(size.width)
    unsafe event.window.data2 = Int32(size.height)
    unsafe SDL_PushEvent(&event)
  }

  /// Gives the window another size, as its user would.
  func userResizes(to size: Size, scanout: ScanoutID = 0) {
    // Safe: the window lives on this thread.
    unsafe SDL_SetWindowSize(SDL_GetWindowFromID(windowID(of: scanout) ?? 0), Int32(size.width), Int32(size.height))
    inject(SDL_WINDOWEVENT_RESIZED, size, on: scanout)
  }

  /// The size and the title of a window.
  func looks(_ scanout: ScanoutID = 0) -> (size: Size, title: String) {
    // Safe: SDL looks the window up, fills two locals, and lends the title, which is copied.
    let window = unsafe SDL_GetWindowFromID(windowID(of: scanout) ?? 0)
    var (width, height) = (Int32(0), Int32(0))
    unsafe SDL_GetWindowSize(window, &width, &height)
    return (Size(width: UInt32(width), height: UInt32(height)), unsafe String(cString: SDL_GetWindowTitle(window)))
  }
}

extension Surface {
  /// A surface of one colour.
  static func plain(_ width: UInt32, _ height: UInt32, _ color: Color, _ format: PixelFormat = .b8g8r8x8) throws
    -> Surface
  {
    let surface = try Surface(size: Size(width: width, height: height), format: format)
    surface.fill(Rectangle(surface.size), with: color)
    return surface
  }

  /// The pixels row by row, as 0xRRGGBB.
  var words: [UInt32] {
    var words = [UInt32](repeating: 0, count: Int(size.area))
    for y in 0..<Int(size.height) {
      // Safe: the row lies inside the surface.
      unsafe withPixels { pixels in
        for x in 0..<Int(size.width) {
          let word = unsafe pixels.load(fromByteOffset: y * stride + x * 4, as: UInt32.self)
          words[y * Int(size.width) + x] = word & 0xFFFFFF
        }
      }
    }
    return words
  }
}

let red = Color(red: 255, green: 0, blue: 0)
let green = Color(red: 0, green: 255, blue: 0)
let blue = Color(red: 0, green: 0, blue: 255)

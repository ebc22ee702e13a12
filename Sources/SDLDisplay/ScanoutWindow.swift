internal import CSDL2
import Display
internal import Text

/// Window of one scanout.
@safe
final class ScanoutWindow {
  /// SDL's number for the window, as events carry it.
  let id: UInt32
  /// True when the window must be drawn although its image did not change.
  var needsDrawing = true

  private let video: SDLVideo
  private let window: OpaquePointer
  private let renderer: OpaquePointer
  private let scanout: ScanoutID
  private let name: String
  private var texture: ImageTexture?
  /// The size of what the scanout shows; nil: it is off.
  var shown: Size?
  /// The size that this program gave the window, in SDL's window coordinates. Another size is the user's or the window
  /// manager's.
  var requested: Size
  var isSizedByUser = false
  /// When a pending resize is requested unless the size changes again, in SDL's milliseconds; nil: none is pending.
  var settlesAt: UInt64?
  /// The size that the guest was asked for last, in pixels; nil: the guest and the window agree.
  var asked: Size?
  private var problem: String?

  /// True once the source has ended; the title says so.
  var isEnded = false { didSet { setTitle() } }

  /// A hidden window for an image of this size, to the right of its neighbour if that is possible; the first drawing
  /// shows it.
  init(
    scanout: ScanoutID, name: String, image: Size, neighbour: ScanoutWindow?, software: Bool, video: SDLVideo
  ) throws(SDLError) {
    requested = Letterbox.windowSize(for: image, on: Self.usableSize(of: 0))
    let anywhere: Int32 = 0x1FFF_0000  // SDL_WINDOWPOS_UNDEFINED, a macro that Swift does not see.
    let flags = SDL_WINDOW_HIDDEN.rawValue | SDL_WINDOW_RESIZABLE.rawValue | SDL_WINDOW_ALLOW_HIGHDPI.rawValue
    let place = neighbour?.placeBeside(requested)
    // Safe: SDL copies the title; the window is given back once, by `deinit`.
    let opened = unsafe SDL_CreateWindow(
      name.printable, place?.x ?? anywhere, place?.y ?? anywhere, Int32(requested.width), Int32(requested.height), flags
    )
    guard let window = unsafe opened else { throw SDLError(cannot: "open a window of \(requested) pixels") }
    // Safe: the window lives longer than its renderer.
    guard let renderer = unsafe Self.makeRenderer(window, software: software) else {
      let error = SDLError(cannot: "draw in a window")
      // Safe: nothing else knows of the window.
      unsafe SDL_DestroyWindow(window)
      throw error
    }
    // Safe: the window lives as long as this object.
    unsafe self.window = window
    // Safe: as above.
    unsafe self.renderer = renderer
    // Safe: as above.
    id = unsafe SDL_GetWindowID(window)
    self.scanout = scanout
    self.name = name
    self.video = video
  }

  deinit {
    // The texture goes before its renderer.
    texture = nil
    // Safe: it was made by `init` and is given back once.
    unsafe SDL_DestroyRenderer(renderer)
    // Safe: as above; nothing of it is used after the renderer.
    unsafe SDL_DestroyWindow(window)
  }

  /// Shows what the sink has by now. True when an image was presented.
  func draw(from sink: WindowSink) -> Bool {
    follow(sink.size(of: scanout))
    // A minimised window is drawn when it is restored; until then the damage is merged.
    guard !isMinimised else { return false }
    var isChanged = needsDrawing
    if let texture {
      sink.withCopy(of: scanout) { copy in
        if texture.update(from: &copy) { isChanged = true }
      }
    }
    guard isChanged else { return false }
    needsDrawing = false
    present()
    return true
  }

  /// Uploads all of the image again after the renderer lost it; with `textures` the texture itself was lost.
  func restore(from sink: WindowSink, textures: Bool) {
    if textures { makeTexture() }
    sink.withCopy(of: scanout) { $0.damageAll() }
    needsDrawing = true
  }

  /// What the window shows, in its own pixels. Reliable with the software renderer only: others forget it when they
  /// have presented it.
  func pixels() throws -> Surface? {
    let size = outputSize
    let copy = try Surface(size: size, format: .b8g8r8x8)
    // Safe: SDL writes as many rows of the stride as the copy has.
    let isRead = unsafe copy.withPixels { pixels in
      // Safe: as above.
      unsafe SDL_RenderReadPixels(renderer, nil, SDL_PIXELFORMAT_RGB888.rawValue, pixels, Int32(copy.stride)) == 0
    }
    return isRead ? copy : nil
  }

  // MARK: - Size and title

  func makeTexture() {
    texture = nil
    problem = nil
    guard let shown else { return }
    do throws(SDLError) {
      // Safe: the renderer lives longer than the texture.
      texture = try unsafe ImageTexture(size: shown, renderer: renderer)
    } catch {
      // SDL's renderer may be unable to draw this size. The window stays open, and its title shows the error.
      problem = error.description
    }
  }

  func setTitle() {
    // ASCII only: SDL drops a title with characters that the locale lacks, and the program runs in the locale "C".
    let state = problem ?? shown?.description ?? "off"
    let title = "\(name.isEmpty ? "" : "\(name): ")scanout \(scanout), \(state)\(isEnded ? ", ended" : "")".printable
    // Safe: the window lives, and SDL copies the title.
    unsafe SDL_SetWindowTitle(window, title)
  }

  private var flags: UInt32 {
    // Safe: the window lives.
    unsafe SDL_GetWindowFlags(window)
  }

  /// True while it is minimised.
  var isMinimised: Bool { flags & SDL_WINDOW_MINIMIZED.rawValue != 0 }

  var isMaximised: Bool {
    flags & (SDL_WINDOW_MAXIMIZED.rawValue | SDL_WINDOW_FULLSCREEN.rawValue) != 0
  }

  var display: Int32 {
    // Safe: the window lives.
    unsafe SDL_GetWindowDisplayIndex(window)
  }

  /// The part of a display that windows may cover.
  static func usableSize(of display: Int32) -> Size {
    // The largest window that SDL makes is what counts where there are no bounds.
    usableBounds(of: display).map { Size(width: UInt32($0.w), height: UInt32($0.h)) }
      ?? Size(width: 16384, height: 16384)
  }

  private static func usableBounds(of display: Int32) -> SDL_Rect? {
    var bounds = SDL_Rect()
    // Safe: SDL fills a local.
    guard unsafe SDL_GetDisplayUsableBounds(display, &bounds) == 0, bounds.w > 0, bounds.h > 0 else { return nil }
    return bounds
  }

  /// The window's size, in SDL's window coordinates.
  var windowSize: Size {
    var (width, height) = (Int32(0), Int32(0))
    // Safe: the window lives, and SDL fills two locals.
    unsafe SDL_GetWindowSize(window, &width, &height)
    return Size(width: UInt32(max(0, width)), height: UInt32(max(0, height)))
  }

  /// Gives the window a size, in SDL's window coordinates.
  func resize(to size: Size) {
    // Safe: the window lives.
    unsafe SDL_SetWindowSize(window, Int32(size.width), Int32(size.height))
  }

  /// The top left corner for a window of that size to the right of this one; nil when the display has no room there.
  private func placeBeside(_ size: Size) -> Point? {
    let gap: Int32 = 16
    var (x, y) = (Int32(0), Int32(0))
    // Safe: the window lives, and SDL fills locals.
    unsafe SDL_GetWindowPosition(window, &x, &y)
    guard let bounds = Self.usableBounds(of: display) else { return nil }
    let place = Point(x: x + Int32(windowSize.width) + gap, y: y)
    return place.x + Int32(size.width) <= bounds.x + bounds.w ? place : nil
  }

  // MARK: - Drawing

  private static func makeRenderer(_ window: OpaquePointer, software: Bool) -> OpaquePointer? {
    // No vertical blank is waited for: with several windows the waits would add up, and a hidden one waits for ever.
    // Safe: the window lives longer than the renderer.
    let accelerated = unsafe software ? nil : SDL_CreateRenderer(window, -1, 0)
    // Safe: as above.
    return unsafe accelerated ?? SDL_CreateRenderer(window, -1, SDL_RENDERER_SOFTWARE.rawValue)
  }

  /// How many pixels the window has to draw in.
  var outputSize: Size {
    var (width, height) = (Int32(0), Int32(0))
    // Safe: SDL fills two locals.
    unsafe SDL_GetRendererOutputSize(renderer, &width, &height)
    return Size(width: UInt32(max(0, width)), height: UInt32(max(0, height)))
  }

  private func present() {
    // Safe: the renderer lives, here and below.
    unsafe SDL_SetRenderDrawColor(renderer, 0, 0, 0, 255)
    // Safe: as above.
    unsafe SDL_RenderClear(renderer)
    let output = outputSize
    if let texture, !output.isEmpty {
      // Safe: as above.
      unsafe texture.draw(in: Letterbox(texture.size, in: output), renderer: renderer)
    }
    // Safe: as above.
    unsafe SDL_RenderPresent(renderer)
    if flags & SDL_WINDOW_HIDDEN.rawValue != 0 {
      // Safe: the window lives.
      unsafe SDL_ShowWindow(window)
    }
  }
}

internal import CSDL2
import Display

/// The size of a window follows the guest until the user resizes it, and again once both agree.
extension ScanoutWindow {
  /// How long a window keeps a size before it asks its guest for that, in milliseconds. Dragging an edge makes a hundred
  /// sizes, and a guest needs a while for each.
  static let settlingTime: UInt64 = 100

  /// Handles a change of the window's size, in SDL's window coordinates, by this program, the user or the window manager.
  /// After a change by the latter two the window no longer follows the guest, and asks it for a frame of its size.
  func resized(to size: Size) {
    isSizedByUser = size != requested
    needsDrawing = true
    // A user who goes back to the size that the window had wants that of the guest as well.
    if isSizedByUser || asked != nil { settlesAt = SDL_GetTicks64() + Self.settlingTime }
  }

  /// Takes the pending resize that is due: the size to ask the guest for, in pixels; nil: there is none.
  func takeResize(at now: UInt64) -> Size? {
    guard let settlesAt, now >= settlesAt else { return nil }
    self.settlesAt = nil
    let size = outputSize
    guard !size.isEmpty, size != asked ?? shown else { return nil }
    asked = size
    return size
  }

  /// Makes texture and window fit what the guest shows now.
  func follow(_ size: Size?) {
    guard size != shown else { return }
    shown = size
    makeTexture()
    if let size {
      if size == outputSize {
        isSizedByUser = false
        requested = windowSize
        asked = nil
      } else if !isSizedByUser, !isMaximised {
        requested = Letterbox.windowSize(for: size, on: Self.usableSize(of: display))
        asked = nil
        resize(to: requested)
      }
    }
    needsDrawing = true
    setTitle()
  }
}

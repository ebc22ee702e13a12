internal import CSDL2
import Display

/// Who decides how large a window is: the guest, until the user resizes it; again the guest, once both agree.
extension ScanoutWindow {
  /// How long a window keeps its size before that is taken for what its user wants, in milliseconds. Dragging an edge
  /// makes a hundred sizes, and a guest needs a while for each.
  static let settling: UInt64 = 100

  /// The window's size changed, in SDL's window coordinates: by our wish, or by the user's or the window manager's.
  /// Against theirs the guest's size does not count any more, and they get a picture of their size if the guest has one.
  func resized(to size: Size) {
    isSizedByUser = size != requested
    needsDrawing = true
    // Who goes back to the size that the window had wants that of the guest as well.
    if isSizedByUser || asked != nil { settlesAt = SDL_GetTicks64() + Self.settling }
  }

  /// The picture's size that the user wants by now, in pixels; nil: nothing new.
  func takeWish(at now: UInt64) -> Size? {
    guard let settlesAt, now >= settlesAt else { return nil }
    self.settlesAt = nil
    let size = outputSize
    guard !size.isEmpty, size != asked ?? shown else { return nil }
    asked = size
    return size
  }

  /// Makes picture and window fit what the guest shows now.
  func follow(_ size: Size?) {
    guard size != shown else { return }
    shown = size
    makePicture()
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

internal import CSDL2
import Display

/// Events of users, the window manager and the display.
extension SDLWindows {
  /// Handles the events that have come, without waiting.
  package func handleEvents() {
    // Safe: SDL fills a local.
    var event = unsafe SDL_Event()
    // Safe: as above.
    while unsafe SDL_PollEvent(&event) == 1 {
      // Safe: every member of the union starts with the type, which says which member it is.
      unsafe handle(event)
    }
  }

  @unsafe
  private func handle(_ event: SDL_Event) {
    switch unsafe SDL_EventType(event.type) {
    case SDL_WINDOWEVENT: unsafe handle(event.window)
    // Only the driver sends it, when the connection to the compositor broke.
    case SDL_QUIT where video.driver == "wayland": hasLostDisplay = true
    case SDL_QUIT: isQuitting = true
    case SDL_RENDER_TARGETS_RESET: restoreAll(textures: false)
    case SDL_RENDER_DEVICE_RESET: restoreAll(textures: true)
    default: unsafe handleInput(event)
    }
  }

  private func handle(_ event: SDL_WindowEvent) {
    // A window may be gone before its last events come.
    guard let (scanout, window) = windows.first(where: { $0.value.id == event.windowID }) else { return }
    switch SDL_WindowEventID(UInt32(event.event)) {
    case SDL_WINDOWEVENT_CLOSE:
      releaseAll(of: scanout)
      close(scanout)
    case SDL_WINDOWEVENT_FOCUS_LOST:
      releaseAll(of: scanout)
    case SDL_WINDOWEVENT_RESIZED:
      window.resized(to: Size(width: UInt32(max(0, event.data1)), height: UInt32(max(0, event.data2))))
    case SDL_WINDOWEVENT_SIZE_CHANGED, SDL_WINDOWEVENT_EXPOSED, SDL_WINDOWEVENT_RESTORED, SDL_WINDOWEVENT_SHOWN,
      SDL_WINDOWEVENT_DISPLAY_CHANGED:
      window.needsDrawing = true
    default:
      break
    }
  }

  private func close(_ scanout: ScanoutID) {
    windows[scanout] = nil
    sink.close(scanout)
    onClose?(scanout)
  }

  private func restoreAll(textures: Bool) {
    for window in windows.values { window.restore(from: sink, textures: textures) }
  }
}

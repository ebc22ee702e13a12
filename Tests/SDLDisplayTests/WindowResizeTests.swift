import CSDL2
import Display
import SDLDisplay
import Synchronization
import Testing

@Suite("Resize requests of windows", .serialized, .timeLimit(.minutes(5)))
@SDLActor struct WindowResizeTests {
  /// Windows of a source that shows 64x48 pixels on scanout 0, and what they request of it.
  private final class ResizeCase {
    let windows: SDLWindows
    private let source = DisplaySource()
    private(set) var requests: [DisplayRequest] = []

    @SDLActor init() throws {
      windows = try SDLWindows.invisible()
      try source.add(windows.sink, named: "window", policy: .required)
      source.onRequest = { [unowned self] request, scanout in
        #expect(scanout == 0)
        if case .input = request { return }
        requests.append(request)
      }
      try guestShows(64, 48)
      try settle()
    }

    @SDLActor func guestShows(_ width: UInt32, _ height: UInt32) throws {
      try source.emit(.scanout(.plain(width, height, red)), on: 0, at: .zero)
      _ = try windows.show()
    }

    @SDLActor func userResizes(_ width: UInt32, _ height: UInt32) {
      windows.userResizes(to: Size(width: width, height: height))
      windows.handleEvents()
    }

    /// Lets the time pass after which a user counts as having let go of a window.
    @SDLActor func settle() throws {
      windows.handleEvents()
      SDL_Delay(150)
      windows.passRequests()
      try source.serve()
    }
  }

  private static func resize(_ width: UInt32, _ height: UInt32) -> DisplayRequest {
    .resize(Size(width: width, height: height))
  }

  @Test("a window that its user resized requests its size, once")
  func asks() throws {
    let it = try ResizeCase()
    it.userResizes(100, 90)
    try it.settle()
    try it.settle()
    #expect(it.requests == [Self.resize(100, 90)])
  }

  @Test("a window that follows its guest requests nothing")
  func follows() throws {
    let it = try ResizeCase()
    for side in UInt32(50)..<60 {
      try it.guestShows(side, side)
      try it.settle()
    }
    #expect(it.requests == [])
  }

  @Test("dragging through a hundred sizes requests the last one")
  func dragging() throws {
    let it = try ResizeCase()
    for side in UInt32(100)..<200 {
      it.userResizes(side, side)
      it.windows.passRequests()
    }
    try it.settle()
    #expect(it.requests == [Self.resize(199, 199)])
  }

  @Test("when the guest shows the size, nothing more is requested, and the window follows the guest again")
  func agreement() throws {
    let it = try ResizeCase()
    it.userResizes(100, 90)
    try it.settle()
    try it.guestShows(100, 90)
    try it.settle()
    try it.guestShows(80, 60)
    try it.settle()
    #expect(it.windows.looks().size == Size(width: 80, height: 60))
    #expect(it.requests == [Self.resize(100, 90)])
  }

  @Test("a guest that shows another size is scaled, and the size is not requested again")
  func stubborn() throws {
    let it = try ResizeCase()
    it.userResizes(100, 90)
    try it.settle()
    for side in UInt32(50)..<55 {
      try it.guestShows(side, side)
      try it.settle()
    }
    #expect(it.windows.looks().size == Size(width: 100, height: 90))
    #expect(it.requests == [Self.resize(100, 90)])
  }

  @Test("a window that goes back to the size it had requests that, too; one that never left it requests nothing")
  func back() throws {
    let it = try ResizeCase()
    it.userResizes(100, 90)
    it.userResizes(64, 48)
    try it.settle()
    #expect(it.requests == [])
    it.userResizes(100, 90)
    try it.settle()
    it.userResizes(64, 48)
    try it.settle()
    #expect(it.requests == [Self.resize(100, 90), Self.resize(64, 48)])
  }

  @Test("a window that is closed before its user let go of it requests nothing")
  func closed() throws {
    let it = try ResizeCase()
    it.userResizes(100, 90)
    it.windows.inject(SDL_WINDOWEVENT_CLOSE)
    try it.settle()
    #expect(it.requests == [])
  }
}

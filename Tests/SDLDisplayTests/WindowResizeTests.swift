import CSDL2
import Display
import SDLDisplay
import Synchronization
import Testing

@Suite("Windows that ask for a size", .serialized, .timeLimit(.minutes(5)))
@SDLActor struct WindowWishTests {
  /// Windows with a picture of 64x48 on scanout 0, and what they ask for.
  private final class Case {
    let windows: SDLWindows
    private(set) var asked: [DisplayRequest] = []

    @SDLActor init() throws {
      windows = try SDLWindows.unseen()
      windows.onRequest = { [unowned self] request, scanout in
        #expect(scanout == 0)
        asked.append(request)
      }
      try guestShows(64, 48)
      settle()
    }

    @SDLActor func guestShows(_ width: UInt32, _ height: UInt32) throws {
      try windows.sink.receive(.scanout(.plain(width, height, red)))
      _ = try windows.show()
    }

    @SDLActor func userResizes(_ width: UInt32, _ height: UInt32) {
      windows.userResizes(to: Size(width: width, height: height))
      windows.handleEvents()
    }

    /// Lets the time pass after which a user is thought to have let go of a window.
    @SDLActor func settle() {
      windows.handleEvents()
      SDL_Delay(150)
      windows.passRequests()
    }
  }

  private static func resize(_ width: UInt32, _ height: UInt32) -> DisplayRequest {
    .resize(Size(width: width, height: height))
  }

  @Test("a window that its user resized asks for its size, once")
  func asks() throws {
    let it = try Case()
    it.userResizes(100, 90)
    it.settle()
    it.settle()
    #expect(it.asked == [Self.resize(100, 90)])
  }

  @Test("a window that follows its guest asks for nothing")
  func follows() throws {
    let it = try Case()
    for side in UInt32(50)..<60 {
      try it.guestShows(side, side)
      it.settle()
    }
    #expect(it.asked == [])
  }

  @Test("dragging through a hundred sizes asks for the last one")
  func dragging() throws {
    let it = try Case()
    for side in UInt32(100)..<200 {
      it.userResizes(side, side)
      it.windows.passRequests()
    }
    it.settle()
    #expect(it.asked == [Self.resize(199, 199)])
  }

  @Test("when the guest shows the size, nothing more is asked for, and the window follows the guest again")
  func agreement() throws {
    let it = try Case()
    it.userResizes(100, 90)
    it.settle()
    try it.guestShows(100, 90)
    it.settle()
    try it.guestShows(80, 60)
    it.settle()
    #expect(it.windows.looks().size == Size(width: 80, height: 60))
    #expect(it.asked == [Self.resize(100, 90)])
  }

  @Test("a guest that shows another size is scaled, and not asked again")
  func stubborn() throws {
    let it = try Case()
    it.userResizes(100, 90)
    it.settle()
    for side in UInt32(50)..<55 {
      try it.guestShows(side, side)
      it.settle()
    }
    #expect(it.windows.looks().size == Size(width: 100, height: 90))
    #expect(it.asked == [Self.resize(100, 90)])
  }

  @Test("a window that goes back to the size it had asks for that, too; one that never left it asks for nothing")
  func back() throws {
    let it = try Case()
    it.userResizes(100, 90)
    it.userResizes(64, 48)
    it.settle()
    #expect(it.asked == [])
    it.userResizes(100, 90)
    it.settle()
    it.userResizes(64, 48)
    it.settle()
    #expect(it.asked == [Self.resize(100, 90), Self.resize(64, 48)])
  }

  @Test("a window that is closed before its user let go of it asks for nothing")
  func closed() throws {
    let it = try Case()
    it.userResizes(100, 90)
    it.windows.inject(SDL_WINDOWEVENT_CLOSE)
    it.settle()
    #expect(it.asked == [])
  }
}

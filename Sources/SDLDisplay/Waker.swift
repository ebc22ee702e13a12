internal import CSDL2
internal import Glibc
internal import LinuxIO

/// Wakes the windows' thread from the source's thread.
///
/// The windows' thread waits inside SDL for what users do with the windows. While there is no window, SDL would poll a
/// thousand times a second instead of waiting, so the thread waits on a semaphore then. On an X display it waits for the
/// connection itself, so that the source's thread never speaks to the display.
@safe
final class Waker: @unchecked Sendable {
  /// What the windows' thread waits on.
  enum WaitMethod: Sendable {
    /// `SDL_WaitEvent`.
    case events
    /// The file descriptor of the X11 connection.
    case connection(Int32)
    /// The semaphore.
    case semaphore
  }

  private let semaphore: OpaquePointer
  private let counter: EventCounter
  private let eventType: UInt32

  /// A waker whose events have this type.
  init(eventType: UInt32) throws(SDLError) {
    // Safe: the semaphore is given back once, by `deinit`.
    guard let semaphore = unsafe SDL_CreateSemaphore(0) else { throw SDLError(cannot: "make a semaphore") }
    unsafe self.semaphore = semaphore
    do throws(SystemError) {
      counter = try EventCounter()
    } catch {
      // Safe: nothing else refers to the semaphore.
      unsafe SDL_DestroySemaphore(semaphore)
      throw SDLError("no window can be opened: \(error)")
    }
    self.eventType = eventType
  }

  deinit {
    // Safe: no thread can use it any more.
    unsafe SDL_DestroySemaphore(semaphore)
  }

  /// Ends the wait, or the next one if the thread does not wait. Any thread; false when SDL's queue has no room.
  func wake(from method: WaitMethod) -> Bool {
    switch method {
    case .semaphore:
      // Safe: the semaphore lives as long as this object.
      return unsafe SDL_SemPost(semaphore) == 0
    case .connection:
      counter.signal()
      return true
    case .events:
      // Safe: the event starts as zeros.
      var event = unsafe SDL_Event()
      // Safe: every member of the union starts with the type, and SDL copies the event.
      unsafe event.type = eventType
      return unsafe SDL_PushEvent(&event) == 1
    }
  }

  /// Waits until woken, until an event of SDL comes (unless it waits on the semaphore), or until the time is over; nil: there
  /// is no limit.
  func wait(by method: WaitMethod, milliseconds: UInt64?) {
    switch (method, milliseconds) {
    case (.semaphore, nil):
      // Safe: the semaphore lives as long as this object.
      unsafe SDL_SemWait(semaphore)
    case (.semaphore, let limit?):
      // Safe: as above.
      unsafe SDL_SemWaitTimeout(semaphore, UInt32(clamping: limit))
    case (.events, nil):
      // Without a place to put it, SDL leaves the event in its queue.
      SDL_WaitEvent(nil)
    case (.events, let limit?):
      SDL_WaitEventTimeout(nil, Int32(clamping: limit))
    case (.connection(let connection), let limit):
      // Events that have been read from the connection already do not make it readable.
      SDL_PumpEvents()
      guard SDL_HasEvents(SDL_FIRSTEVENT.rawValue, SDL_LASTEVENT.rawValue) == SDL_FALSE else { return }
      wait(for: connection, limit.map { Int32(clamping: $0) } ?? -1)
    }
  }

  private func wait(for connection: Int32, _ milliseconds: Int32) {
    var descriptors = [
      pollfd(fd: connection, events: Int16(POLLIN), revents: 0),
      pollfd(fd: counter.descriptor.rawValue, events: Int16(POLLIN), revents: 0),
    ]
    // Safe: the array lives across the call. After a signal the caller looks again, as after any other wait.
    _ = unsafe poll(&descriptors, nfds_t(descriptors.count), milliseconds)
    counter.drain()
  }
}

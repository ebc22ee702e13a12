public import LinuxIO

/// Serves a device to front ends over vhost-user, one after the other.
///
/// Everything is called on the thread of the event loop, or before it runs; the loop belongs to the caller, who may have
/// more to wait for in it. With no front end, and with one whose guest is idle, nothing wakes up.
public final class Server {
  /// What happens to the server.
  public enum Event: Equatable, CustomStringConvertible {
    /// A front end connected.
    case connected
    /// It is gone; the device has been reset, and the next front end is welcome.
    case ended(SessionEnd)
    /// A second front end came while one is being served, and was turned away.
    case refused
    /// Something is wrong and the session goes on: a sentence for a log.
    case notice(String)

    /// A sentence.
    public var description: String {
      switch self {
      case .connected: "a front end connected"
      case .ended(let reason): "the session is over: \(reason)"
      case .refused: "a second front end was turned away: one is served at a time"
      case .notice(let sentence): sentence
      }
    }
  }

  private let device: any VirtioDevice
  private let loop: EventLoop
  private let observer: (Event) -> Void
  private var acceptor: Acceptor?
  private var session: BackEnd?

  /// A server that nobody can reach yet.
  public init(device: any VirtioDevice, loop: EventLoop, observer: @escaping (Event) -> Void) {
    self.device = device
    self.loop = loop
    self.observer = observer
  }

  /// True while a front end is connected.
  public var isServing: Bool { session != nil }

  /// Waits for front ends at a path. They are accepted one at a time: a second one is refused at once, which it reports,
  /// rather than left to wait for an answer that does not come.
  public func listen(at path: String) throws(SystemError) {
    try listen(on: UnixListener(path: path))
  }

  /// Waits for front ends as ``listen(at:)`` does, with a listener that the caller made.
  public func listen(on listener: UnixListener) throws(SystemError) {
    acceptor = try Acceptor(
      listener, loop: loop, accepted: { [weak self] (socket) throws(SystemError) in try self?.accept(socket) },
      failed: { [weak self] in self?.observer(.notice("no front end can be accepted until descriptors are free: \($0)"))
      })
  }

  /// Serves a front end that is connected already; with another one connected, refuses it.
  public func serve(_ socket: UnixSocket) throws(SystemError) {
    guard session == nil else {
      socket.shutdown()
      return observer(.refused)
    }
    let session = try BackEnd(
      device: device, loop: loop, notice: { [weak self] in self?.observer(.notice($0)) },
      ended: { [weak self] in self?.ended($0) })
    try session.start(on: socket)
    self.session = session
    observer(.connected)
  }

  /// True while there is a driver and a way to tell it that the device's configuration changed.
  public var canNotify: Bool { session?.canNotify ?? false }

  /// Tells the driver that the device's configuration changed; false when there is no driver, or no way to tell it. A
  /// front end that turns out not to pass the news on is a notice, and no way from then on.
  @discardableResult
  public func configurationChanged() -> Bool {
    session?.configurationChanged() ?? false
  }

  /// The length in bytes of one of the device's shared memory regions, as this session's guest sees it: 0 when there is no
  /// session, or when its front end does not know shared memory regions.
  public func sharedMemoryCount(ofRegion regionID: UInt8) -> UInt64 {
    session?.sharedMemoryCount(ofRegion: regionID) ?? 0
  }

  /// Has the front end show `count` bytes of a file, from `fileOffset`, at `offset` of a region: all three multiples of
  /// the page size, and free. The file may be closed when this returns.
  ///
  /// `completion` hears once, at once or later on the same thread, whether the guest sees them now: true when the front
  /// end said so; false when it refused, when the request could not be sent, and when the device was reset or the
  /// session ended before there was an answer. A front end that gives no answers (without
  /// ``ProtocolFeatures/replyAck``) is believed to have done what was sent. Nothing hurries one that never answers: it
  /// holds up its own guest. Requests are carried out in their order. While no ring runs they wait.
  public func map(
    _ file: Descriptor, fileOffset: UInt64 = 0, count: UInt64, ofRegion regionID: UInt8, at offset: UInt64,
    isWritable: Bool = true, completion: @escaping (Bool) -> Void
  ) {
    guard let session else { return completion(false) }
    let mapping = MMapRequest(
      regionID: regionID, fileOffset: fileOffset, offset: offset, count: count, isWritable: isWritable)
    session.map(file, mapping, completion: completion)
  }

  /// Has the front end take out again what it shows as exactly these bytes, with the same promise. When the device is
  /// reset and when a session ends there is nothing to take out: the front end has done that, and `completion` hears
  /// true at once.
  public func unmap(
    count: UInt64, ofRegion regionID: UInt8, at offset: UInt64, completion: @escaping (Bool) -> Void
  ) {
    guard let session else { return completion(true) }
    session.unmap(
      MMapRequest(regionID: regionID, offset: offset, count: count, isWritable: false), completion: completion)
  }

  /// Ends the session, if there is one, and listens no more. The path is free when nobody else holds the listener.
  public func stop() {
    acceptor?.stop()
    acceptor = nil
    session?.end(.stopped)
  }

  private func accept(_ socket: UnixSocket) throws(SystemError) {
    // The front end before may have left without our having noticed: its last words are behind this in the queue.
    session?.poll()
    do {
      try serve(socket)
    } catch {
      socket.shutdown()
      throw error
    }
  }

  private func ended(_ reason: SessionEnd) {
    session = nil
    observer(.ended(reason))
  }
}

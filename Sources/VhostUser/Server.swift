public import LinuxIO
public import Virtio

/// Serves a device to front ends over vhost-user, one after the other.
///
/// Everything is called on the thread of the event loop, or before it runs; the loop belongs to the caller, who may wait
/// for more in it. With no front end, and with one whose guest is idle, nothing wakes up.
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

  /// What a driver or its front end did that concerns the owner of the device.
  public enum DriverEvent {
    /// The driver chose these features, of those that were offered.
    case featuresAcknowledged(UInt64)
    /// The driver reset the device.
    case reset
    /// The front end attached a display: the vhost-user-gpu protocol runs over this socket. The session keeps it open until
    /// the next one comes or the device is reset.
    case displaySocket(Descriptor)
  }

  /// Called with each event of the driver.
  public var onDriverEvent: (DriverEvent) -> Void = { _ in }
  /// Called once, with the error that a call of the device threw. The device gets no further call.
  public var onHostFault: (any Error) -> Void {
    get { device.onHostFault }
    set { device.onHostFault = newValue }
  }

  private let device: GuardedDevice
  private let loop: EventLoop
  private let observer: (Event) -> Void
  private var acceptor: Acceptor?
  private(set) var session: Session?
  /// A front end that came while the device completes its reset after the one before.
  private var waiting: UnixSocket?

  /// A server that nobody can reach yet. The device is attached to it.
  public init(device: any VirtioDevice, loop: EventLoop, observer: @escaping (Event) -> Void) {
    self.device = GuardedDevice(device)
    self.loop = loop
    self.observer = observer
    device.onAcceptingRequests = { [weak self] in self?.session?.resumeHeldQueues() }
    device.attach(to: self)
  }

  /// True while a front end is connected.
  public var isServing: Bool { session.map { !$0.isEnded } ?? false }

  /// Waits for front ends at a path. They are accepted one at a time: a second one is refused at once, which it reports,
  /// rather than left to wait for a reply that does not come.
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

  /// Serves a front end that is connected already. While another one is connected it is refused; while the device completes
  /// its reset after the one before, it waits, unless another one that has not left waits already.
  public func serve(_ socket: UnixSocket) throws(SystemError) {
    if let session {
      if session.isEnded, waiting.map(Self.hasLeft) ?? true {
        waiting?.shutdown()
        waiting = socket
      } else {
        socket.shutdown()
        observer(.refused)
      }
      return
    }
    let session = try Session(
      device, loop: loop,
      reports: Session.Reports(
        notice: { [weak self] in self?.observer(.notice($0)) },
        driverEvent: { [weak self] in self?.onDriverEvent($0) },
        ended: { [weak self] in self?.ended($0) }))
    try session.start(on: socket)
    self.session = session
    observer(.connected)
  }

  /// True while there is a driver and a way to tell it that the device's configuration changed.
  public var canNotify: Bool { session?.canNotify ?? false }

  /// Tells the driver that the device's configuration changed; false when there is no driver, or no way to tell it. A
  /// front end that turns out not to pass it on is reported in a notice, and counts as no way from then on.
  @discardableResult
  public func configurationChanged() -> Bool {
    session?.configurationChanged() ?? false
  }

  /// Ends the session, if there is one, and listens no more. The path is free when nobody else holds the listener.
  public func stop() {
    acceptor?.stop()
    acceptor = nil
    waiting?.shutdown()
    waiting = nil
    session?.end(.stopped)
  }

  /// True when the peer has closed the connection.
  private static func hasLeft(_ socket: UnixSocket) -> Bool {
    (try? Descriptor.wait(forAny: [], orEndOf: socket, timeoutMilliseconds: 0)) != .timedOut
  }

  private func accept(_ socket: UnixSocket) throws(SystemError) {
    // The front end before may have left: its end is behind this connection in the loop's queue.
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
    guard let next = waiting else { return }
    waiting = nil
    do {
      try serve(next)
    } catch {
      next.shutdown()
      observer(.notice("a front end could not be served: \(error)"))
    }
  }
}

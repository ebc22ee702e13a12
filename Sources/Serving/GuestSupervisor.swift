internal import Glibc
internal import LinuxIO
public import Logging

/// Supervisor of several guests: each has a device of its own, in a process of its own.
///
/// So guests share neither a thread nor a renderer: the crash of one device, or a guest that keeps it busy, changes nothing for
/// the others. Everything is called on the main thread.
public final class GuestSupervisor {
  /// Device of one guest.
  public struct GuestDevice: Sendable {
    /// Name of the guest.
    public var name: String
    /// Arguments of the program that serves it.
    public var arguments: [String]

    /// Makes the device of a guest.
    public init(name: String, arguments: [String]) {
      self.name = name
      self.arguments = arguments
    }
  }

  /// How the device of a guest ended.
  public struct GuestEnding: Sendable {
    /// Name of the guest.
    public var name: String
    /// Exit code of its program; 70 when a signal killed it.
    public var exitCode: Int32
  }

  /// Exit code of a device that crashed.
  private static let crash: Int32 = 70

  private let program: String
  private let guests: [GuestDevice]
  private let log: Logger
  private let signals: SignalWatch
  /// Our ends of the sockets to the devices: they tell a device that starts late that this program has ended.
  private var sockets: [UnixSocket] = []

  /// A supervisor of devices that `program` serves. It is made on the main thread before any other thread starts.
  public init(program: String, guests: [GuestDevice], log: Logger) throws {
    self.program = program
    self.guests = guests
    self.log = log
    signals = try SignalWatch([SIGTERM, SIGINT] + (SignalWatch.isIgnored(SIGHUP) ? [] : [SIGHUP]))
  }

  /// Starts all devices, and returns when every one has ended, in the order of the guests. A signal ends all of them in order;
  /// the second one kills them. A device that cannot be started ends those that were.
  public func run() throws -> [GuestEnding] {
    let loop = try EventLoop()
    var running: [Int: ChildProcess] = [:]
    var watches: [Int: EventLoop.Registration] = [:]
    var endings = guests.map { GuestEnding(name: $0.name, exitCode: 0) }
    var wasAsked = false
    for (index, guest) in guests.enumerated() {
      let child = try start(guest)
      running[index] = child
      watches[index] = try loop.watch(child.end) { [unowned loop, log] in
        guard let ending = child.ending, let watch = watches.removeValue(forKey: index) else { return }
        loop.cancel(watch)
        running[index] = nil
        switch ending {
        case .exited(let code):
          endings[index].exitCode = code
          if !running.isEmpty, !wasAsked {
            log.log(
              level: code == 0 ? .info : .warning,
              "the device of \(guest.name) ended with exit code \(code); the others go on")
          }
        case .killed(let signal):
          endings[index].exitCode = Self.crash
          log.error("the device of \(guest.name) was killed by signal \(signal); the others go on")
        }
        if running.isEmpty { loop.stop() }
      }
    }
    try loop.watch(signals.descriptor) { [signals] in
      guard signals.take() != nil else { return }
      for child in running.values { child.send(wasAsked ? SIGKILL : SIGTERM) }
      wasAsked = true
    }
    try loop.run()
    return endings
  }

  private func start(_ guest: GuestDevice) throws(SystemError) -> ChildProcess {
    let (near, far) = try UnixSocket.makePair()
    sockets.append(near)
    return try ChildProcess(program, guest.arguments, socket: far, ignoresTerminal: true)
  }
}

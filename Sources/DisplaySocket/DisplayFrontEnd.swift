public import LinuxIO
internal import Synchronization
public import VirtioGPU

/// The front end of a display socket: replies to the requests of a back end and receives its frames, as QEMU does.
///
/// For benchmarks and tests of back ends: every pixel is received, and none is shown. A thread of its own waits for the
/// back end, so a back end never waits for anything but that thread. It needs 256 KiB however large the frames are, unless it
/// keeps them.
/// A back end that breaks the protocol has its socket closed, and ``traffic`` says why.
public final class DisplayFrontEnd: Sendable {
  private let socket: UnixSocket
  private let thread: NamedThread
  private let shared: Shared

  /// What the thread reports.
  final class Shared: Sendable {
    let traffic = Mutex(DisplayTraffic())
  }

  /// Talks over `socket`, whose other end a back end gets by VhostUser's `FrontEnd.attachDisplay`; `outputs` are the
  /// outputs that it is told of. With `keepsFrames` the pixels of each update are received into memory of their own, as QEMU
  /// receives them; otherwise they are dropped piece by piece, which costs less than any display.
  public init(_ socket: UnixSocket, outputs: [Output], keepsFrames: Bool = false) throws(SystemError) {
    let shared = Shared()
    self.socket = socket
    self.shared = shared
    thread = try NamedThread("display-socket") {
      var session = DisplaySession(socket, outputs: outputs, keepsFrames: keepsFrames) { change in
        shared.traffic.withLock { change(&$0) }
      }
      session.run()
    }
  }

  deinit {
    socket.shutdown()
    thread.join()
  }

  /// What has come so far. Any thread may ask.
  public var traffic: DisplayTraffic { shared.traffic.withLock { $0 } }
}

import Display
import GuestDriver
import LinuxIO
import Logging
import Synchronization
import VhostUser
import VhostUserGPU
import VirtioGPU

/// The device behind a real socket, on a thread of its own, as `scanout serve` runs it.
///
/// What it showed is read after ``stop()``.
final class ServedDevice: @unchecked Sendable {
  let path: String
  let recorder = EventRecorder()
  private(set) var endings: [SessionEnd] = []
  /// What runs on the device's thread.
  private let errands = Mutex<[@Sendable (ServedHostVisibleRegion) -> Void]>([])
  private let bell: EventCounter
  private let loop: EventLoop
  private var server: Server?
  private var thread: NamedThread?

  init(outputs: [Output] = [Output(size: Size(width: 64, height: 48))], hostVisible: UInt64 = 0) throws {
    path = "/tmp/scanout-test-\(UInt64.random(in: 0 ... .max)).sock"
    loop = try EventLoop()
    bell = try EventCounter()
    let device = Device(outputs: outputs, sink: recorder, clock: { .zero })
    let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let backEnd = try GPUBackEnd(device, loop: loop, log: log, onFailure: { _ in })
    let server = Server(device: backEnd, loop: loop) { [unowned self] event in
      if case .ended(let reason) = event { endings.append(reason) }
    }
    // The server keeps the device, so the device must not keep the server.
    device.onConfigurationChange = { [unowned server] in server.configurationChanged() }
    let region = ServedHostVisibleRegion(capacity: hostVisible, server: server)
    if hostVisible > 0 { backEnd.hostVisible = region }
    try loop.watch(bell.descriptor) { [unowned self] in
      bell.drain()
      let waiting = errands.withLock { errands in
        defer { errands = [] }
        return errands
      }
      for errand in waiting { errand(region) }
    }
    try server.listen(at: path)
    self.server = server
    thread = try NamedThread("device") { [self] in
      try? loop.run()
      self.server?.stop()
    }
  }

  /// A guest that connects now.
  func connect() throws -> (driver: GPUDriver, link: VhostUserLink) {
    let ram = try GuestRAM(count: 64 << 20)
    let link = try VhostUserLink(FrontEnd.connect(to: path), ram: ram)
    return (try GPUDriver(link, ram: ram), link)
  }

  /// Has the region do something on the device's thread.
  func perform(_ errand: @escaping @Sendable (ServedHostVisibleRegion) -> Void) {
    errands.withLock { $0.append(errand) }
    bell.signal()
  }

  func stop() {
    loop.stop()
    thread?.join()
  }
}

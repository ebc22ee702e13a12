import Display
import GuestDriver
import LinuxIO
import Logging
import ScanoutTesting
import Synchronization
import VhostUser
import Serving
import VirtioGPU

/// The device behind a real socket, on a thread of its own, as `scanout serve` runs it.
///
/// What it showed is read after ``stop()``.
final class ServedDevice: @unchecked Sendable {
  let path: String
  let recorder = EventRecorder()
  private(set) var endings: [SessionEnd] = []
  private let loop: EventLoop
  private let device: Device
  private let jobs = Mutex<[@Sendable (Device) -> Void]>([])
  private let wake: EventCounter
  private let done: EventCounter
  private var server: Server?
  private var thread: NamedThread?

  init(
    outputs: [Output] = [Output(size: Size(width: 64, height: 48))], hostVisible: UInt64 = 0,
    renderer: (any BlockingRenderer)? = nil, sink: (any DisplaySink)? = nil
  ) throws {
    path = "/tmp/scanout-test-\(UInt64.random(in: 0 ... .max)).sock"
    loop = try EventLoop()
    wake = try EventCounter()
    done = try EventCounter()
    let displayWake = try EventCounter()
    let display = DisplaySource { displayWake.signal() }
    try display.add(recorder, named: "recorder", policy: .required)
    if let sink { try display.add(sink, named: "sink", policy: .required) }
    device = Device(
      outputs: outputs, renderers: renderer.map { [ImmediateRenderer($0)] } ?? [], display: display, clock: { .zero })
    let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    device.hostVisibleCapacity = hostVisible
    let runner = try DeviceRunner(device, loop: loop, displayWake: displayWake, log: log, onFailure: { _ in })
    let server = Server(device: device, loop: loop) { [unowned self] event in
      if case .ended(let reason) = event { endings.append(reason) }
    }
    // The server keeps the device, so the device must not keep the server.
    device.onConfigurationChange = { [unowned server] in server.configurationChanged() }
    runner.observe(server)
    try server.listen(at: path)
    try loop.watch(wake.descriptor) { [unowned self] in work() }
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

  /// Does something to the device on its own thread, and waits until it is done.
  func perform(_ work: @escaping @Sendable (Device) -> Void) throws {
    jobs.withLock { $0.append(work) }
    wake.signal()
    guard try done.wait(timeoutMilliseconds: 10_000) else { throw DriverError.noResponse(seconds: 10) }
  }

  /// Has the host-visible region do something on the device's thread.
  func performOnRegion(_ work: @escaping @Sendable (any HostVisibleRegion) -> Void) throws {
    try perform { if let region = $0.hostVisible { work(region) } }
  }

  private func work() {
    wake.drain()
    for job in jobs.withLock({ jobs in
      defer { jobs = [] }
      return jobs
    }) { job(device) }
    done.signal()
  }

  func stop() {
    loop.stop()
    thread?.join()
  }
}

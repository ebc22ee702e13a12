import Display
import LinuxIO
import Logging
import Serving
import VhostUser
import Virtio
import VirtioGPU
import Virtqueue

/// Back end in this process, at a socket of its own: the real device, or one that makes a mistake.
final class FakeBackEnd: @unchecked Sendable {
  /// What it does wrong.
  enum Mistake: Sendable {
    case none
    /// One pixel of each frame is another one.
    case wrongPixel
    /// Requests are never responded to.
    case silent
    /// Responses are the request's bytes.
    case echo
  }

  let path = "/tmp/scanout-test-\(UInt64.random(in: 0 ... .max)).sock"
  private let loop: EventLoop
  private let device: Device
  private let server: Server
  private var thread: NamedThread?

  init(_ mistake: Mistake) throws {
    loop = try EventLoop()
    let displayWake = try EventCounter()
    let display = DisplaySource { displayWake.signal() }
    if mistake == .wrongPixel { try display.add(PaintingSink(), named: "painter", policy: .required) }
    // Those of the kit's display, which this device does not ask.
    let outputs = [
      Output(size: Size(width: 640, height: 480)),
      Output(size: Size(width: 320, height: 200), position: Point(x: 640, y: 0)),
    ]
    device = Device(outputs: outputs, display: display, clock: { .zero })
    let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let runner = try DeviceRunner(device, loop: loop, displayWake: displayWake, log: log, onFailure: { _ in })
    let wrong = WrongDevice(device, mistake)
    let server = Server(device: wrong, loop: loop) { _ in }
    device.onConfigurationChange = { [unowned server] in server.configurationChanged() }
    runner.observe(server)
    try server.listen(at: path)
    self.server = server
    thread = try NamedThread("fake back end") { [self] in
      try? loop.run()
      self.server.stop()
    }
  }

  func stop() {
    loop.stop()
    thread?.join()
  }
}

/// A sink that changes what it is shown before others see it.
private final class PaintingSink: DisplaySink, @unchecked Sendable {
  // Used on the device's thread only.
  private var surfaces: [ScanoutID: Surface] = [:]

  func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) {
    switch event {
    case .scanout(let surface): surfaces[scanout] = surface
    case .damage:
      surfaces[scanout]?.fill(Rectangle(x: 5, y: 3, width: 1, height: 1), with: Color(red: 1, green: 254, blue: 1))
    default: break
    }
  }

  func finish() {}
}

/// A device whose requests go astray.
private final class WrongDevice: VirtioDevice {
  private let device: Device
  private let mistake: FakeBackEnd.Mistake
  private var lost: [VirtioRequest] = []

  init(_ device: Device, _ mistake: FakeBackEnd.Mistake) {
    self.device = device
    self.mistake = mistake
  }

  var deviceID: UInt32 { device.deviceID }
  var offeredFeatures: UInt64 { device.offeredFeatures }
  var queueCount: Int { device.queueCount }
  var configuration: [UInt8] { device.configuration }
  var sharedMemoryRegions: [UInt8: UInt64] { device.sharedMemoryRegions }
  var onAcceptingRequests: () -> Void {
    get { device.onAcceptingRequests }
    set { device.onAcceptingRequests = newValue }
  }

  func attach(to transport: any SharedMemoryMapper) { device.attach(to: transport) }
  func writeConfiguration(_ bytes: [UInt8], at offset: Int) { device.writeConfiguration(bytes, at: offset) }
  func acknowledge(features: UInt64) { device.acknowledge(features: features) }
  func acceptsRequests(on queue: Int) -> Bool { device.acceptsRequests(on: queue) }
  func memoryChanged(_ memory: GuestMemory, completion: @escaping () -> Void) throws {
    try device.memoryChanged(memory, completion: completion)
  }

  func queueStopped(_ queue: Int) throws {
    lost = []
    try device.queueStopped(queue)
  }

  func reset(completion: @escaping () -> Void) throws {
    lost = []
    try device.reset(completion: completion)
  }

  func process(_ request: VirtioRequest) throws {
    switch mistake {
    case .none, .wrongPixel: try device.process(request)
    case .silent: lost.append(request)
    case .echo:
      request.complete(written: try request.chain.write(request.chain.read(limit: 24)))
    }
  }
}

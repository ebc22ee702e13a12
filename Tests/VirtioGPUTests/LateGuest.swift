import Display
import GuestDriver
import LinuxIO
import ScanoutTesting
import Testing
import VirtioGPU
import Virtqueue
import Wire

/// A guest whose renderers carry commands out only when a test says so. Context 1 uses texture 5 of 64 × 48 pixels;
/// resource 7 is a 2D resource that the renderer has no format for; both have a backing.
final class LateGuest {
  static let size = Size(width: 64, height: 48)
  static let all = Rectangle(size)

  let fakes: [FakeRenderer]
  let renderers: [ManualRenderer]
  let device: Device
  let recorder = EventRecorder()
  let ram: GuestRAM
  var now: UInt64 = 0
  /// The names of the commands that were responded to, in order.
  private(set) var responded: [String] = []
  private(set) var codes: [String: ResponseType] = [:]
  private(set) var refusals: [String] = []

  var fake: FakeRenderer { fakes[0] }
  var renderer: ManualRenderer { renderers[0] }

  init(capsets: [[Capset]] = [FakeRenderer.capsets], quota: Quota = Quota(), outputs: Int = 1) throws {
    fakes = try capsets.map { try FakeRenderer(capsets: $0) }
    for fake in fakes { fake.refusedFormats = [2] }
    renderers = try fakes.map { try ManualRenderer($0) }
    ram = try GuestRAM(count: 1 << 20)
    let clock = GuestClock()
    device = Device(
      outputs: Array(repeating: Output(size: Self.size), count: outputs), quota: quota, renderers: renderers,
      sink: recorder
    ) { DisplayTime(nanoseconds: clock.owner?.now ?? 0) }
    clock.owner = self
    device.onRefusal = { [unowned self] in refusals.append($0) }
    try start()
  }

  private final class GuestClock {
    weak var owner: LateGuest?
  }

  /// Negotiates, and makes the context and the resources.
  func start() throws {
    device.acknowledge(features: DeviceFeatures.all.rawValue)
    try device.memoryChanged(ram.memory)
    send("context", ContextCreate(capset: 2), context: 1)
    settle()
    send("texture", ResourceCreate3D(resourceID: 5, format: 1, bind: 2, width: 64, height: 48))
    settle()
    send("use", ContextAttachResource(resourceID: 5), context: 1)
    settle()
    send("2D", ResourceCreate2D(resourceID: 7, format: 2, width: 64, height: 48))
    settle()
    for id in [UInt32(5), 7] {
      try attachBacking("backing \(id)", to: id)
      settle()
    }
    try #require(codes.values.allSatisfy { $0 == .okNoData } && codes.count == 6, "\(refusals)")
    forget()
  }

  func attachBacking(_ name: String, to id: UInt32) throws {
    var entry = ByteWriter()
    MemoryEntry(address: GuestRAM.guestBase + UInt64(id) * 16384, length: 12288).write(to: &entry)
    send(name, ResourceAttachBacking(resourceID: id, entryCount: 1), payload: entry.bytes)
  }

  /// Sends a command and does not wait.
  func send(
    _ name: String, _ command: some Command, payload: [UInt8] = [], context: UInt32 = 0, fence: UInt64? = nil
  ) {
    do {
      try device.executeControl(command.request(fenceID: fence, context: context) + payload) {
        [unowned self] response in
        responded.append(name)
        var reader = ByteReader(response)
        codes[name] = (try? ControlHeader(&reader)).flatMap { ResponseType(rawValue: $0.type) }
      }
    } catch {
      Issue.record(error)
    }
  }

  func submit(_ name: String, _ command: FakeCommand, fence: UInt64? = nil) {
    send(name, Submit3D(size: UInt32(command.bytes.count)), payload: command.bytes, context: 1, fence: fence)
  }

  func show(_ name: String, _ resource: UInt32, on scanout: UInt32 = 0) {
    send(name, SetScanout(rectangle: Self.all, scanout: scanout, resourceID: resource))
  }

  func flush(_ name: String, _ resource: UInt32) {
    send(name, ResourceFlush(rectangle: Self.all, resourceID: resource))
  }

  /// Lets a renderer carry out its next commands, and the device take the results.
  func carryOut(_ count: Int = .max, by index: Int = 0) {
    renderers[index].carryOut(count)
    device.rendererProgressed()
  }

  /// Lets all renderers carry out everything.
  func settle() {
    while renderers.contains(where: { !$0.commands.isEmpty }) {
      for index in renderers.indices { carryOut(by: index) }
    }
  }

  /// Forgets what was responded to.
  func forget() {
    responded = []
    codes = [:]
    refusals = []
  }

  /// The pixel at the top left of what the first scanout shows.
  var pixel: [UInt8]? { recorder.current[0]?.pixel(0, 0) }
}

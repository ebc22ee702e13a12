import Display
import FuzzSupport
import GuestDriver
import LinuxIO
import ScanoutTesting
import VirtioGPU
import Virtqueue

/// A guest that does what a fuzzer decides, to a device in this process.
///
/// As long as it keeps the rings in order, every request must come back with a response that fits it, in its turn. Once it
/// has written into them by itself, all that is expected is that the device lives, and serves the next guest.
package final class ScriptedGuest {
  /// Few and small, so that quota are reached and nothing takes long.
  static let quota: Quota = {
    var quota = Quota()
    quota.resourceBytes = 256 << 10
    quota.scanoutArea = 1 << 14
    quota.shownArea = 1 << 15
    quota.resources = 12
    quota.memoryEntries = 64
    quota.mappings = 12
    quota.contexts = 3
    quota.mappedBlobs = 2
    quota.pendingCommands = 8
    quota.fencePatience = 1000
    quota.requestBytes = 16 << 10
    quota.cursorSide = 64
    quota.waitingBytes = 4096
    return quota
  }()
  static let scanouts = 3
  static let memorySize: UInt64 = 512 << 10
  static let pixelRoom: UInt64 = 128 << 10
  private static let maximumSteps = 300
  private static let maximumRestarts = 12

  /// The renderer of a guest, and how it is told what to do.
  package struct Drawing {
    let renderer: CheckedRenderer
    /// The same as the device has it.
    let attached: any Renderer
    /// Carries out the commands of the device when it is told to; nil: they are carried out at once.
    let late: ManualRenderer?
    /// Ends some of what the renderer was asked for.
    let reach: (inout Choices) -> Void
    /// What SUBMIT_3D may bring.
    let commands: (inout Choices) -> [UInt8]
    /// The fields of textures that make sense more often than not.
    let texture: (inout Choices) -> ResourceCreate3D

    package init(
      _ renderer: any BlockingRenderer, isLate: Bool = false, reach: @escaping (inout Choices) -> Void,
      commands: @escaping (inout Choices) -> [UInt8], texture: @escaping (inout Choices) -> ResourceCreate3D
    ) {
      self.renderer = CheckedRenderer(renderer)
      late = isLate ? expect("a late renderer") { [checked = self.renderer] in try ManualRenderer(checked) } : nil
      attached = late ?? ImmediateRenderer(self.renderer)
      self.reach = reach
      self.commands = commands
      self.texture = texture
    }
  }

  var choices: Choices
  let device: Device
  let sink: ContractSink
  let drawing: Drawing?
  let region: FickleRegion?
  let holder = HoldingSink()
  let clock = VirtualClock()
  var guest: RunningGuest
  /// What the device said of its deadline last.
  private var announced: DisplayTime?
  private var restarts = 0
  /// True when the renderer died: what it has stays there.
  var hasLostRenderer = false

  /// A guest whose device has a renderer, or none.
  package init(_ choices: Choices, drawing: (inout Choices) throws -> Drawing?) throws {
    var choices = choices
    self.drawing = try drawing(&choices)
    let pages: UInt64? = choices.pick(nil, 16, 0, 3)
    region = pages.map { FickleRegion(count: $0 * 4096) }
    let offered = choices.oneIn(4) ? DeviceFeatures(rawValue: UInt64(choices.byte())) : .all
    sink = ContractSink(scanouts: Self.scanouts, cursorSide: Self.quota.cursorSide)
    let outputs = [
      Output(size: Size(width: 64, height: 48)), Output(size: Size(width: 5000, height: 32)),
      Output(size: Size(width: 16, height: 16), isEnabled: false),
    ]
    device = Device(
      outputs: outputs, features: offered, quota: Self.quota, renderers: self.drawing.map { [$0.attached] } ?? [],
      pace: Self.pace(&choices), sink: sink, clock: { [clock] in clock.now })
    device.hostVisible = region
    guest = try RunningGuest(device, features: Self.features(&choices), isAlone: true)
    self.choices = choices
    device.onDeadline = { [unowned self] in announced = $0 }
    device.onFailure = { violated("a sink failed: \($0)") }
    expect("a sink") { try device.display.add(holder, named: "holding", policy: .required) }
  }

  /// Does it all, and looks whether the device has lived through it.
  package func run() {
    for _ in 0..<Self.maximumSteps where !choices.isEmpty {
      step()
      judge()
    }
    prove()
  }

  private func step() {
    switch choices.below(36) {
    case 0..<9, 30, 31: submit(controlRequest(), on: 0)
    case 9, 10: submit(cursorRequest(), on: 1)
    case 11: kick(choices.below(2))
    case 12: writeDescriptor()
    case 13:
      guest.isOrderly = false
      guest.queues[choices.below(2)].publish(head: UInt16(truncatingIfNeeded: choices.word()))
    case 14:
      guest.isOrderly = false
      guest.queues[choices.below(2)].forceAvailableIndex(UInt16(truncatingIfNeeded: choices.word()))
    case 15: writeMemory()
    case 16: configure()
    case 17: changeMemory()
    case 18: restart(withReset: choices.oneIn(2))
    case 19:
      guard choices.oneIn(4) else { return }
      // The holder of the file can make it shorter: pages that were there are gone.
      guest.isOrderly = false
      expect("shortening memory") { try guest.ram.file.truncate(to: UInt64(choices.word())) }
    case 20: passTime(to: device.deadline)
    case 21:
      clock.advance(by: choices.long() & UInt64.max >> UInt64(choices.below(64)))
      passTime(to: nil)
    case 22, 23:
      drawing?.reach(&choices)
      progress()
    case 24, 25: completeRegionCall(!choices.oneIn(4))
    case 26: region?.habit = choices.pick(.obeys, .obeysLater, .refuses)
    case 27: drawing?.renderer.failure = choices.pick(.invalid, .outOfMemory, .failed)
    case 28: device.pace = Self.pace(&choices)
    case 32, 33:
      drawing?.late?.carryOut(choices.below(4))
      progress()
    case 34:
      holder.isHolding = choices.oneIn(2)
      release()
    case 35:
      guard choices.oneIn(8), let late = drawing?.late else { return }
      hasLostRenderer = true
      late.lose("the fuzzer says so")
      progress()
    default: submit(renderingRequest(), on: 0)
    }
  }

  /// What holds after each step.
  private func judge() {
    require(announced == device.deadline, "the deadline is another one than was said")
    let usage = device.usage
    usage.requireWithin(Self.quota, more: 2 * (1 + restarts) * Int(RunningGuest.queueSize))
    guard guest.isOrderly, guest.isAlone else { return }
    let sent = guest.pending[0].count + guest.pending[1].count
    require(usage.pendingCommands <= sent, "\(usage.pendingCommands) commands are pending, of \(sent) that were sent")
  }

  /// A table entry of any shape.
  private func writeDescriptor() {
    guest.isOrderly = false
    let descriptor = DriverQueue.RawDescriptor(
      address: address(), length: choices.word(), flags: UInt16(choices.below(8)),
      next: choices.oneIn(8) ? UInt16(truncatingIfNeeded: choices.word()) : UInt16(choices.below(16)))
    guest.queues[choices.below(2)].writeDescriptor(
      descriptor, at: UInt16(choices.below(Int(RunningGuest.queueSize))))
  }

  /// Bytes anywhere in memory: into pixels, requests, tables and rings.
  private func writeMemory() {
    let offset = UInt64(choices.word()) * UInt64(choices.pick(1, 16, 256, 4096))
    if offset < guest.pixels - GuestRAM.guestBase { guest.isOrderly = false }
    try? guest.ram.memory.write(choices.run(atMost: 64), at: GuestRAM.guestBase + offset)
  }

  private func configure() {
    if choices.oneIn(4) {
      let size = Size(width: choices.word(), height: choices.word())
      _ = device.setOutput(
        Output(
          size: size, position: Point(x: Int32(bitPattern: choices.word()), y: 0),
          refreshMillihertz: choices.word(), isEnabled: choices.oneIn(2)), of: choices.below(4))
    }
    device.writeConfiguration(choices.run(atMost: 16), at: Int(truncatingIfNeeded: choices.long()))
    let configuration = device.configuration
    require(configuration[4..<12] == [0, 0, 0, 0, UInt8(Self.scanouts), 0, 0, 0], "scanouts came or went")
    let aligned: [UInt8] = device.offered.contains(.blobAlignment) ? [0, 16, 0, 0] : []
    require(configuration[16...] == aligned[...], "blobs are aligned to \(configuration[16...])")
  }

  /// The device is told of other memory; the rings stay where they were.
  private func changeMemory() {
    var regions: [GuestMemory.Region] = []
    for _ in 0..<choices.below(4) {
      let offset = UInt64(choices.below(128)) * 4096
      let count = UInt64(choices.pick(1, 4, 16, 128)) * 4096
      guard let mapping = try? MappedMemory(guest.ram.file, offset: offset, count: count) else { continue }
      let isThere = !choices.oneIn(4)
      regions.append(
        GuestMemory.Region(
          guestAddress: isThere ? GuestRAM.guestBase + offset : choices.long(), userAddress: choices.long(),
          mapping: mapping))
    }
    guard let memory = try? GuestMemory(regions) else { return }
    guest.hasMoved = true
    expect("another memory table") { try device.memoryChanged(memory) }
  }

  /// A new guest takes over: after a reset, or, as after `kexec`, without one.
  func restart(withReset: Bool) {
    restarts += 1
    guard restarts <= Self.maximumRestarts else { return choices = Choices([]) }
    if withReset {
      expect("a reset") { try guest.link.reset() }
      judgeReset()
    }
    if !withReset && choices.oneIn(2) { stop() }
    let isAlone = device.usage.pendingCommands == 0
    let features = Self.features(&choices)
    guest = expect("a guest to start") { try RunningGuest(device, features: features, isAlone: isAlone) }
  }

  private static func pace(_ choices: inout Choices) -> Pace {
    choices.pick(.immediate, .refresh, .millihertz(60_000), .millihertz(choices.word()))
  }

  /// What the driver acknowledges, of the rings and of the device.
  private static func features(_ choices: inout Choices) -> UInt64 {
    let rings: UInt64 = choices.pick(0x1_3000_0000, 0x1_0000_0000, 0x1_1000_0000, 0x1_2000_0000)
    return rings | (choices.oneIn(4) ? UInt64(choices.byte()) : DeviceFeatures.all.rawValue)
  }

  /// An address in the pixels, elsewhere in memory, at its end, or anywhere.
  func address() -> UInt64 {
    switch choices.below(8) {
    case 0..<2: guest.pixels + UInt64(choices.word()) * 64
    case 2..<4: page()
    case 4: GuestRAM.guestBase + UInt64(choices.word()) * 16
    case 5: GuestRAM.guestBase + Self.memorySize &- UInt64(choices.word())
    case 6: guest.requests + UInt64(choices.word())
    default: choices.long()
    }
  }

  /// A page of the pixels.
  func page() -> UInt64 {
    guest.pixels + UInt64(choices.below(Int(Self.pixelRoom / 4096))) * 4096
  }
}

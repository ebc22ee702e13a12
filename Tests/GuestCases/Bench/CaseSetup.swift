internal import Display
public import VirtioGPU

/// What kind of device a case wants.
public struct CaseSetup: Sendable {
  /// The renderer of the device.
  public enum Rendering: Sendable {
    /// None: there are no contexts.
    case none
    /// One whose fences are reached when they are made.
    case immediate
    /// One whose fences are reached when the case says so.
    case held
  }

  /// The outputs.
  var outputs = [Output(size: Size(width: 64, height: 48)), Output(size: Size(width: 32, height: 32))]
  /// How much it may use.
  public var quota = Quota()
  /// What the driver asks for: `VIRTIO_F_VERSION_1`, event index, indirect descriptors, and all of virtio-gpu.
  public var features: UInt64 = 1 << 32 | 1 << 29 | 1 << 28 | DeviceFeatures.all.rawValue
  /// The renderer.
  public var rendering = Rendering.none
  /// When flushes are responded to.
  public var pace = Pace.immediate
  /// The length of the host-visible region in bytes; 0: there is none.
  public var regionCount: UInt64 = 0
  /// True when it is about queues that stop, which only a socket has.
  public var needsSocket = false

  /// Two outputs, and no renderer.
  public init() {}

  /// Such a setup, changed.
  static func with(_ change: (inout CaseSetup) -> Void) -> CaseSetup {
    var setup = CaseSetup()
    change(&setup)
    return setup
  }

  static let flat = CaseSetup()
  static let rendering = with { $0.rendering = .immediate }
  static let held = with { $0.rendering = .held }
  static let region = with {
    $0.rendering = .immediate
    $0.regionCount = 1 << 20
  }

  /// The same with less to use.
  func limited(_ change: (inout Quota) -> Void) -> CaseSetup {
    var setup = self
    change(&setup.quota)
    return setup
  }

  /// The same for a driver that asks for these features only.
  func asking(_ features: DeviceFeatures) -> CaseSetup {
    var setup = self
    setup.features = setup.features & ~DeviceFeatures.all.rawValue | features.rawValue
    return setup
  }
}

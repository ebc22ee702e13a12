public import Display
public import GuestDriver
internal import ScanoutTesting
public import VirtioGPU

/// The device of a case with everything around it that is the same wherever it runs.
public final class CaseDevice {
  /// What the case wanted.
  public let setup: CaseSetup
  /// Made on the thread that makes this, used on the host's.
  public let device: Device
  /// The guest's memory.
  public let ram: GuestRAM
  let recorder = CaseRecorder()
  let renderer: FakeRenderer?
  let region: CaseRegion?

  /// A device as `setup` wants it.
  public init(_ setup: CaseSetup, clock: @escaping () -> DisplayTime) throws {
    self.setup = setup
    renderer = setup.rendering == .none ? nil : try FakeRenderer(holdingFences: setup.rendering == .held)
    region = setup.regionCount == 0 ? nil : CaseRegion(count: setup.regionCount)
    device = Device(
      outputs: setup.outputs, quota: setup.quota, renderers: renderer.map { [ImmediateRenderer($0)] } ?? [],
      pace: setup.pace, sink: recorder, clock: clock)
    device.hostVisible = region
    ram = try GuestRAM(count: 1 << 30)
  }
}

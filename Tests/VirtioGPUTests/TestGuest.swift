import Display
import GuestDriver
import ScanoutTesting
import VirtioGPU

/// A guest with a device of its own, in this process, and a recorder of what the device shows.
final class TestGuest {
  let recorder = EventRecorder()
  let device: Device
  let driver: GPUDriver
  let ram: GuestRAM
  private(set) var refusals: [String] = []

  init(
    outputs: [Output] = [Output(size: Size(width: 64, height: 48))], quota: Quota = Quota(),
    offered: DeviceFeatures = .all,
    features: UInt64 = 1 << 32 | 1 << 29 | 1 << 28 | DeviceFeatures.all.rawValue,
    renderer: (any BlockingRenderer)? = nil,
    pace: Pace = .immediate, clock: @escaping () -> DisplayTime = { .zero }
  ) throws {
    device = Device(
      outputs: outputs, features: offered, quota: quota, renderers: renderer.map { [ImmediateRenderer($0)] } ?? [],
      pace: pace,
      sink: recorder,
      clock: clock)
    ram = try GuestRAM(count: 64 << 20)
    driver = try GPUDriver(InProcessLink(device, ram: ram, features: features), ram: ram)
    device.onRefusal = { [unowned self] in refusals.append($0) }
  }

  /// The code that a command is responded to with.
  func code(_ command: some Command, payload: [UInt8] = [], context: UInt32 = 0) throws -> ResponseType? {
    try ResponseType(rawValue: driver.send(request: command.request(context: context) + payload).type)
  }
}

extension Surface {
  /// Four bytes of one pixel, in the order of their addresses.
  func pixel(_ x: Int, _ y: Int) -> [UInt8] {
    // Safe: tests ask for pixels that are there.
    unsafe withPixels { base in
      let start = unsafe base + y * stride + x * 4
      return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: 4))
    }
  }
}

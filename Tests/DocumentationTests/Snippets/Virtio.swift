import Virtio
import Virtqueue

private enum VirtioPage {
  // page Virtio
  /// Responds to every request with the bytes of the request.
  final class Echo: VirtioDevice {
    let deviceID: UInt32 = 42
    let offeredFeatures: UInt64 = 0
    let queueCount = 1
    let configuration: [UInt8] = []
    func writeConfiguration(_ bytes: [UInt8], at offset: Int) {}
    func acknowledge(features: UInt64) {}
    func reset(completion: @escaping () -> Void) { completion() }

    func process(_ request: VirtioRequest) {
      let written = try? request.chain.write(request.chain.read(limit: 4096))
      request.complete(written: written ?? 0)
    }
  }
  // end
}

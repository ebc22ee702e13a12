import Display
import VirtioGPU
import Virtqueue

/// The example of `VirtioGPU`.
private func execute(
  _ chain: DescriptorChain, in memory: GuestMemory, showing sink: any DisplaySink, clock: @escaping () -> DisplayTime
) throws {
  // page VirtioGPU
  let device = Device(outputs: [Output(size: Size(width: 1280, height: 800))], sink: sink, clock: clock)
  try device.memoryChanged(memory)
  if device.acceptsRequests(on: 0) {
    try device.handleControl(chain) { written in /* the response is in its buffers: give the request back */ }
  }
  // end
}

import Display
import ScanoutTesting
import Testing
import VirtioGPU

/// The example of `ScanoutTesting`.
private func compareEvents(_ draw: (Device) throws -> Void) throws {
  // page ScanoutTesting
  let recorder = EventRecorder()
  let device = Device(outputs: [Output(size: Size(width: 64, height: 48))], sink: recorder, clock: { .zero })
  try draw(device)
  #expect(recorder.entries == [.scanout(0, Size(width: 64, height: 48), .b8g8r8x8)])
  // end
}

import Display
import FuzzSupport
import GuestDriver
import VirtioGPU

/// Outputs with any properties, as the guest reads of them.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // Safe: libFuzzer lends `count` bytes for the call, and they are copied.
  let input = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  var choices = Choices(input)
  let outputs = (0...choices.below(20)).map { _ in output(&choices) }
  expect("to read of outputs") { try read(outputs) }
  return 0
}

private func read(_ outputs: [Output]) throws {
  let sink = ContractSink(scanouts: Device.maximumScanouts, cursorSide: 0)
  let device = Device(outputs: outputs, sink: sink, clock: { .zero })
  let ram = try GuestRAM(count: 64 << 10)
  let driver = try GPUDriver(InProcessLink(device, ram: ram), ram: ram)
  for (index, output) in outputs.prefix(Device.maximumScanouts).enumerated() {
    ReadEDID(try driver.edid(of: index)).require(output)
  }
}

/// A output of a size that there is, or of any.
private func output(_ choices: inout Choices) -> Output {
  var output = Output(
    size: choices.pick(
      Size(width: 1920, height: 1080), Size(width: 640, height: 480), Size(width: 4096, height: 4095),
      Size(width: choices.word(), height: choices.word())),
    position: Point(x: Int32(bitPattern: choices.word()), y: Int32(bitPattern: choices.word())),
    refreshMillihertz: choices.pick(60_000, 59_940, 1000 &* choices.word() & 0xfffff, choices.word()),
    isEnabled: !choices.oneIn(8))
  if choices.oneIn(2) { output.millimetres = Size(width: choices.word(), height: choices.word()) }
  return output
}

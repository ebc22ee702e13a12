import FuzzGuest
import FuzzSupport
import VirglRendering
import VirtioGPU

/// The device core with a renderer that draws, under a guest that does whatever the input says.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // Safe: libFuzzer lends `count` bytes for the call, and they are copied.
  let input = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  MainActor.assumeIsolated { run(input) }
  return 0
}

@MainActor
private func run(_ input: [UInt8]) {
  let guest = expect("a guest to start") {
    try ScriptedGuest(Choices(input)) { _ in
      ScriptedGuest.Drawing(
        SoleRenderer.shared, reach: { _ in }, commands: { $0.commands() }, texture: { $0.texture() })
    }
  }
  guest.run()
}

/// The one renderer of this process, which each guest leaves to the next as a reset leaves it. libFuzzer calls on one
/// thread.
@MainActor
private enum SoleRenderer {
  static let shared = expect("virglrenderer to start") {
    // Little memory, and no log: errors are expected for invalid commands.
    try VirglRenderer(VirglOptions(memory: 16 << 20)) { _ in }
  }
}

import Display
import FuzzGuest
import FuzzSupport
import GuestDriver
import VirtioGPU

/// The device core under a guest that does whatever the input says, with a renderer that only pretends.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // Safe: libFuzzer lends `count` bytes for the call, and they are copied.
  let input = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  let guest = expect("a guest to start") {
    try ScriptedGuest(Choices(input)) { choices in try pretended(&choices) }
  }
  guest.run()
  return 0
}

/// No renderer, one that is always done, or one that takes its time.
private func pretended(_ choices: inout Choices) throws -> ScriptedGuest.Drawing? {
  let kind = choices.below(4)
  guard kind > 0 else { return nil }
  let renderer = try FakeRenderer(holdingFences: kind > 1)
  return ScriptedGuest.Drawing(renderer) { choices in
    let bits = choices.pick(0xff, choices.byte())
    renderer.reach { bits >> UInt8($0.number % 8) & 1 != 0 }
  } commands: { choices in
    (0..<choices.below(4)).flatMap { _ in
      choices.oneIn(8)
        ? FakeCommand.fail.bytes
        : FakeCommand.fill(resource: UInt32(choices.below(5)), Color(red: choices.byte(), green: 2, blue: 3)).bytes
    }
  } texture: { choices in
    ResourceCreate3D(
      resourceID: 0, target: choices.pick(2, 2, 0, 5), format: choices.pick(1, 2, 67, 134), bind: 2,
      width: choices.word(), height: choices.word())
  }
}

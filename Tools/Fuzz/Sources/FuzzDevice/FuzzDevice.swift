import Display
import FuzzGuest
import FuzzSupport
import GuestDriver
import ScanoutTesting
import VirtioGPU

/// The device under a guest that does whatever the input says, with a fake renderer that completes at once or late, or dies.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // Safe: libFuzzer lends `count` bytes for the call, and they are copied.
  let input = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  let guest = expect("a guest to start") {
    try ScriptedGuest(Choices(input)) { choices in try fake(&choices) }
  }
  guest.run()
  return 0
}

/// No renderer, one that completes at once, one with pending fences, or one that completes late.
private func fake(_ choices: inout Choices) throws -> ScriptedGuest.Drawing? {
  let kind = choices.below(6)
  guard kind > 0 else { return nil }
  let renderer = try FakeRenderer(holdingFences: kind.isMultiple(of: 2))
  return ScriptedGuest.Drawing(renderer, isLate: kind > 3) { choices in
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

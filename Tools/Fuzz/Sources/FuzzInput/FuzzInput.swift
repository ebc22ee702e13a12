import FuzzSupport

/// Fuzz target of input devices: a user who does anything, under a guest that does anything to its queues and memory.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // Safe: libFuzzer lends `count` bytes for the call, and they are copied.
  let input = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  expect("a fuzzed guest") {
    let guest = try ScriptedInputGuest(Choices(input))
    try guest.run()
    try guest.prove()
  }
  return 0
}

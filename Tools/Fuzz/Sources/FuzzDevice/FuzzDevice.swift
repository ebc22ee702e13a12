import FuzzSupport

/// The device core under a guest that does whatever the input says.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // Safe: libFuzzer lends `count` bytes for the call, and they are copied.
  let input = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  let guest = expect("a guest to start") { try ScriptedGuest(Choices(input)) }
  guest.run()
  return 0
}

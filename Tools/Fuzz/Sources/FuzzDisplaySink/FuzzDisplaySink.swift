import FuzzSupport

/// The sink of a display socket with a source that draws, under a front end that sends anything.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // Safe: libFuzzer lends `count` bytes for the call, and they are copied.
  let input = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  expect("a conversation") {
    let frontEnd = try ScriptedDisplayFrontEnd(Choices(input))
    try frontEnd.run()
  }
  return 0
}

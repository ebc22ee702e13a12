import FuzzSupport

/// The front end of a display socket as a display source, under a back end that sends anything.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // Safe: libFuzzer lends `count` bytes for the call, and they are copied.
  let input = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  expect("a session") {
    let backEnd = try ScriptedSource(Choices(input))
    try backEnd.run()
  }
  return 0
}

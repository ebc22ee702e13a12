import FuzzSupport

/// The virtual machine's end of a display socket, under a back end that sends anything.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // Safe: libFuzzer lends `count` bytes for the call, and they are copied.
  let input = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  expect("a conversation") {
    let backEnd = try ScriptedBackEnd(Choices(input))
    try backEnd.run()
  }
  return 0
}

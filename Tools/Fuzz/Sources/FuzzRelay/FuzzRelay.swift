import FuzzSupport

/// The relay between a front end and a back end, both of which send anything.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // Safe: libFuzzer lends `count` bytes for the call, and they are copied.
  let input = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  let before = lowestFreeDescriptor()
  expect("a relayed conversation") {
    let peers = try ScriptedPeers(Choices(input))
    try peers.run()
  }
  require(lowestFreeDescriptor() == before, "a descriptor was left open")
  return 0
}

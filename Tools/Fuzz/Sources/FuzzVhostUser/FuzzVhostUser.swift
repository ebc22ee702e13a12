import FuzzSupport

/// Both ends of the vhost-user protocol, each under a peer that does whatever the input says.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // Safe: libFuzzer lends `count` bytes for the call, and they are copied.
  let input = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  var choices = Choices(input)
  let before = lowestFreeDescriptor()
  expect("a fuzzed peer") {
    switch choices.below(4) {
    case 0:
      var backEnd = try RespondingBackEnd(choices)
      try backEnd.run()
    case 1: try RespondingDevice(choices).run()
    default:
      let peer = try ScriptedFrontEnd(choices)
      try peer.run()
      try peer.prove()
    }
  }
  require(lowestFreeDescriptor() == before, "a descriptor was left open")
  return 0
}

import FuzzSupport

/// A folder with anything in it, opened as a recording, played, and dumped again.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // Safe: libFuzzer lends `count` bytes for the call, and they are copied.
  let input = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  var choices = Choices(input)
  // Decided first: the folder takes all that is left of the input.
  let player = Player(&choices)
  var author = DumpAuthor(choices)
  expect("writing a folder") { try author.write() }
  player.check()
  return 0
}

import FuzzSupport

/// A folder with anything in it, opened as a recording, played, and dumped again.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // Safe: libFuzzer lends `count` bytes for the call, and they are copied.
  let input = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  var author = DumpAuthor(Choices(input))
  expect("writing a folder") { try author.write() }
  Player(isThorough: author.choices.oneIn(4)).check(&author.choices)
  return 0
}

import Conformance
import FuzzSupport

/// The conformance kit under a back end that sends anything, and its files with anything in them.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // Safe: libFuzzer lends `count` bytes for the call, and they are copied.
  let input = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  var choices = Choices(input)
  switch choices.below(4) {
  case 0: readFiles(String(decoding: input.dropFirst(), as: UTF8.self))
  default: expect("a run") { try JudgedBackEnd(choices).run() }
  }
  return 0
}

/// Both kinds of files are read, or refused with a sentence.
private func readFiles(_ text: String) {
  do throws(TraceFile.Invalid) {
    _ = try TraceFile(text)
  } catch {
    require(!error.description.isEmpty, "an error says nothing")
  }
  do throws(ExpectedFailures.Invalid) {
    let expected = try ExpectedFailures(text, names: ["a", "b-c"])
    require(expected.reasons.count <= 2, "there are more reasons than cases")
  } catch {
    require(!error.description.isEmpty, "an error says nothing")
  }
}

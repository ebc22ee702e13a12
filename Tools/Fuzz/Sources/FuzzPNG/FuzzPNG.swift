import Display
import FuzzSupport
import Golden
import LinuxIO
import PNG

/// The PNG reader on any file: as it is, and with the checksums of its chunks put right, without which hardly a change
/// would get past the first chunk.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // Safe: libFuzzer lends `count` bytes for the call, and they are copied.
  let input = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  check(input)
  let repaired = withRightChecksums(input)
  if repaired != input { check(repaired) }
  return 0
}

/// Larger pictures are written as well, but take too long to be tried thousands of times.
private let largestArea: UInt64 = 1 << 20

private func check(_ bytes: [UInt8]) {
  let descriptor = expect("making a file") {
    let descriptor = try MappedMemory.makeFile(named: "picture", count: 0)
    try descriptor.write(bytes)
    return descriptor
  }
  do throws(PNGError) {
    let file = try PNGFile(descriptor, name: "picture.png")
    require(Image.canHave(file.size), "a picture of \(file.size) pixels was accepted")
    require(file.byteCount == UInt64(bytes.count), "a file of \(bytes.count) bytes has \(file.byteCount)")
    let content = try file.content()
    require(content.hasSameBytes(as: content) && content.bytes == bytes, "a file's content is not its bytes")
    let whole = try content.decode()
    require(whole.kind == content.kind, "an image has another kind than its file")
    require(whole.hasSamePixels(as: try content.decode(as: .alpha)), "an image differs from itself with alpha")
    if whole.size.area <= largestArea { checkDifference(whole) }
    for kind in Image.Kind.allCases {
      let picture = try content.decode(as: kind)
      require(picture.size == file.size && picture.kind == kind, "a picture is not what its file said")
      if picture.size.area <= largestArea { checkRoundTrip(picture) }
    }
  } catch {
    require(!error.description.isEmpty, "an error has no words")
  }
}

/// What was read can be written and read again, pixel by pixel.
private func checkRoundTrip(_ picture: Image) {
  let hash = FrameHash(of: picture)
  let bytes = PNGEncoder().encode(picture, hash: hash)
  let again = expect("reading what was written") {
    let descriptor = try MappedMemory.makeFile(named: "again", count: 0)
    try descriptor.write(bytes)
    let file = try PNGFile(descriptor, name: "again.png")
    require(file.hash == hash && file.kind == picture.kind, "a written file does not say what it holds")
    return try file.decode()
  }
  require(again.hasSamePixels(as: picture), "a picture changed by being written and read")
  require(FrameHash(of: again) == hash, "equal pictures have two hashes")
}

/// How an image differs from a black one of its size agrees with whether it does.
private func checkDifference(_ picture: Image) {
  expect("comparing") {
    let black = try Image(size: picture.size)
    let difference = try ImageDifference(expected: black, actual: picture)
    require((difference == nil) == picture.hasSamePixels(as: black), "a difference is there, or none")
    require(
      picture.hasSamePixels(as: black) == (FrameHash(of: picture) == FrameHash(of: black)), "pixels and hash disagree")
    guard let difference else { return }
    require((1...difference.allPixels).contains(difference.differingPixels), "more pixels differ than there are")
    require(difference.boundingBox.isInside(picture.size), "what differs lies outside")
    require(!difference.lines.isEmpty, "a difference has no words")
  }
}

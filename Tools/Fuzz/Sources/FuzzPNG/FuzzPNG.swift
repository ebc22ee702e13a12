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

/// Larger images are written as well, but take too long to be tried thousands of times.
private let largestArea: UInt64 = 1 << 20

private func check(_ bytes: [UInt8]) {
  let descriptor = expect("making a file") {
    let descriptor = try MappedMemory.makeFile(named: "image", count: 0)
    try descriptor.write(bytes)
    return descriptor
  }
  do throws(PNGError) {
    let file = try PNGFile(descriptor, name: "image.png")
    require(Image.canHave(file.size), "an image of \(file.size) pixels was accepted")
    require(file.byteCount == UInt64(bytes.count), "a file of \(bytes.count) bytes has \(file.byteCount)")
    let content = try file.content()
    require(content.hasSameBytes(as: content) && content.bytes == bytes, "a file's content is not its bytes")
    let whole = try content.decode()
    require(whole.kind == content.kind, "an image has another kind than its file")
    require(whole.hasSamePixels(as: try content.decode(as: .alpha)), "an image differs from itself with alpha")
    if whole.size.area <= largestArea { checkDifference(whole) }
    for kind in Image.Kind.allCases {
      let image = try content.decode(as: kind)
      require(image.size == file.size && image.kind == kind, "an image is not what its file said")
      if image.size.area <= largestArea { checkRoundTrip(image) }
    }
  } catch {
    require(!error.description.isEmpty, "an error has no words")
  }
}

/// What was read can be written and read again, pixel by pixel.
private func checkRoundTrip(_ image: Image) {
  let hash = FrameHash(of: image)
  let bytes = PNGEncoder().encode(image, hash: hash)
  let again = expect("reading what was written") {
    let descriptor = try MappedMemory.makeFile(named: "again", count: 0)
    try descriptor.write(bytes)
    let file = try PNGFile(descriptor, name: "again.png")
    require(file.hash == hash && file.kind == image.kind, "a written file does not say what it holds")
    return try file.decode()
  }
  require(again.hasSamePixels(as: image), "an image changed by being written and read")
  require(FrameHash(of: again) == hash, "equal images have two hashes")
}

/// How an image differs from a black one of its size agrees with whether it does.
private func checkDifference(_ image: Image) {
  expect("comparing") {
    let black = try Image(size: image.size)
    let difference = try ImageDifference(expected: black, actual: image)
    require((difference == nil) == image.hasSamePixels(as: black), "a difference is there, or none")
    require(
      image.hasSamePixels(as: black) == (FrameHash(of: image) == FrameHash(of: black)), "pixels and hash disagree")
    guard let difference else { return }
    require((1...difference.allPixels).contains(difference.differingPixels), "more pixels differ than there are")
    require(difference.boundingBox.isInside(image.size), "what differs lies outside")
    require(!difference.lines.isEmpty, "a difference has no words")
  }
}

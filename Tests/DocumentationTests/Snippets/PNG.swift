import Display
import PNG

/// The example of `PNG`.
private func writeAndCompare(_ surface: Surface) throws {
  // page PNG
  let image = try Image(copying: surface)
  let bytes = PNGEncoder().encode(image, hash: FrameHash(of: image))

  let golden = try PNGFile(path: "Goldens/login.png").content()
  if golden.hash != FrameHash(of: image) {
    let isSame = try golden.decode().hasSamePixels(as: image)
    print(isSame ? "the same pixels, in another file" : "different")
  }
  // end
  print(bytes.count)
}

import Display
import PNG

/// The example of `PNG`.
private func writeAndCompare(_ surface: Surface) throws {
  // page PNG
  let picture = try Image(copying: surface)
  let bytes = PNGEncoder().encode(picture, hash: FrameHash(of: picture))

  let golden = try PNGFile(path: "Goldens/login.png").content()
  if golden.hash != FrameHash(of: picture) {
    let isSame = try golden.decode().hasSamePixels(as: picture)
    print(isSame ? "the same pixels, in another file" : "different")
  }
  // end
  print(bytes.count)
}

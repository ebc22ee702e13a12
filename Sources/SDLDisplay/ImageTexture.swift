internal import CSDL2
import Display

/// Texture with the image of one scanout, in SDL's renderer, with the cursor in it.
///
/// The cursor is composed by pixman, as in a frame dump, and becomes part of the image: so it scales with it without a
/// seam, looks the same in every renderer, and needs no blending from any.
@safe
final class ImageTexture {
  /// Width and height in pixels.
  let size: Size
  private let texture: OpaquePointer
  private var cursor: PlacedCursor?

  /// A texture without content. A renderer has a largest size, which SDL checks.
  init(size: Size, renderer: OpaquePointer) throws(SDLError) {
    self.size = size
    // Static: a streaming texture would keep one more copy of the pixels on this side.
    // Safe: the renderer belongs to the caller, which keeps it for longer than this object.
    let made = unsafe SDL_CreateTexture(
      renderer, SDL_PIXELFORMAT_RGB888.rawValue, Int32(SDL_TEXTUREACCESS_STATIC.rawValue), Int32(size.width),
      Int32(size.height))
    guard let texture = unsafe made else { throw SDLError(cannot: "show an image of \(size) pixels") }
    // Safe: the texture was just made; `deinit` gives it back.
    unsafe self.texture = texture
    // Safe: the texture was just made.
    unsafe SDL_SetTextureBlendMode(texture, SDL_BLENDMODE_NONE)
  }

  deinit {
    // Safe: it was made by `init` and is given back once.
    unsafe SDL_DestroyTexture(texture)
  }

  /// Uploads what changed on the scanout. True when that was anything.
  func update(from copy: inout ScanoutCopy) -> Bool {
    guard let image = copy.image, image.size == size else { return false }
    var damage = copy.takeDamage()
    let new = copy.cursor(on: size)
    if !(cursor.map { $0.isSame(as: new) } ?? (new == nil)) {
      if let cursor { damage.add(cursor.area) }
      if let new { damage.add(new.area) }
      cursor = new
    }
    for rectangle in damage.rectangles { upload(rectangle, from: rectangle, of: image) }
    if let new, damage.touches(new.area), let patch = try? new.composed(over: image) {
      upload(new.area, from: Rectangle(patch.size), of: patch)
    }
    return !damage.isEmpty
  }

  /// Draws the image into its place in the window; pixels that grow stay sharp, pixels that shrink are blended with their neighbours.
  func draw(in box: Letterbox, renderer: OpaquePointer) {
    guard var place = SDL_Rect(box.frame) else { return }
    // Safe: the texture lives.
    unsafe SDL_SetTextureScaleMode(texture, box.isShrunk ? SDL_ScaleModeLinear : SDL_ScaleModeNearest)
    // Safe: the renderer is the texture's, which lives, and SDL reads the rectangle from a local.
    unsafe SDL_RenderCopy(renderer, texture, nil, &place)
  }

  /// Copies the part `source` of `surface`, which lies inside it, to `place`; both are of the same size.
  private func upload(_ place: Rectangle, from source: Rectangle, of surface: Surface) {
    guard let place = SDL_Rect(place), source.isInside(surface.size) else { return }
    let offset = Int(source.y) * surface.stride + Int(source.x) * PixelFormat.bytesPerPixel
    // Safe: the part lies inside the surface, so every row that SDL reads during the call is the surface's memory.
    unsafe surface.withPixels { pixels in
      // Safe: as above; SDL reads the rectangle from a local.
      _ = unsafe withUnsafePointer(to: place) {
        unsafe SDL_UpdateTexture(texture, $0, pixels + offset, Int32(surface.stride))
      }
    }
  }
}

extension SDL_Rect {
  /// The same rectangle for SDL; nil when its numbers do not reach that far.
  init?(_ rectangle: Rectangle) {
    guard
      let x = Int32(exactly: rectangle.x), let y = Int32(exactly: rectangle.y),
      let width = Int32(exactly: rectangle.width), let height = Int32(exactly: rectangle.height)
    else { return nil }
    self.init(x: x, y: y, w: width, h: height)
  }
}

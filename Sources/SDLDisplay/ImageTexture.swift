internal import CSDL2
import Display

/// The picture of one scanout on the side of the renderer, with the pointer in it.
///
/// The pointer is composed by pixman, as in a frame dump, and becomes part of the picture: so it scales with it without
/// a seam, looks the same in every renderer, and needs no blending from any.
@safe
final class ImageTexture {
  /// Its pixels.
  let size: Size
  private let texture: OpaquePointer
  private var pointer: PlacedPointer?

  /// A picture without content. A renderer has a largest size, which SDL checks.
  init(size: Size, renderer: OpaquePointer) throws(SDLError) {
    self.size = size
    // Static: a streaming texture would keep one more copy of the pixels on this side.
    // Safe: the renderer belongs to the caller, who keeps it for longer than this object.
    let made = unsafe SDL_CreateTexture(
      renderer, SDL_PIXELFORMAT_RGB888.rawValue, Int32(SDL_TEXTUREACCESS_STATIC.rawValue), Int32(size.width),
      Int32(size.height))
    guard let texture = unsafe made else { throw SDLError(cannot: "show a picture of \(size) pixels") }
    // Safe: the texture was just made; `deinit` gives it back.
    unsafe self.texture = texture
    // Safe: the texture was just made.
    unsafe SDL_SetTextureBlendMode(texture, SDL_BLENDMODE_NONE)
  }

  deinit {
    // Safe: it was made by `init` and is given back once.
    unsafe SDL_DestroyTexture(texture)
  }

  /// Takes over what changed on the screen. True when that was anything.
  func update(from screen: inout Screen) -> Bool {
    guard let shadow = screen.shadow, shadow.size == size else { return false }
    var damage = screen.takeDamage()
    let new = PlacedPointer(screen.cursor, at: screen.position, on: size)
    if !(pointer.map { $0.isSame(as: new) } ?? (new == nil)) {
      if let pointer { damage.add(pointer.area) }
      if let new { damage.add(new.area) }
      pointer = new
    }
    for rectangle in damage.rectangles { upload(rectangle, from: rectangle, of: shadow) }
    if let new, damage.touches(new.area), let patch = try? new.composed(over: shadow) {
      upload(new.area, from: Rectangle(patch.size), of: patch)
    }
    return !damage.isEmpty
  }

  /// Draws the picture in its place; pixels that grow stay sharp, pixels that shrink are blended with their neighbours.
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
  /// The same place in SDL's numbers; nil when those do not reach it.
  init?(_ rectangle: Rectangle) {
    guard
      let x = Int32(exactly: rectangle.x), let y = Int32(exactly: rectangle.y),
      let width = Int32(exactly: rectangle.width), let height = Int32(exactly: rectangle.height)
    else { return nil }
    self.init(x: x, y: y, w: width, h: height)
  }
}

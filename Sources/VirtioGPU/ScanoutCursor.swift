internal import Display

/// The cursor of a scanout.
struct ScanoutCursor {
  /// What UPDATE_CURSOR showed last, also while a move hides it; nil: nothing.
  var image: CursorImage?
  /// True while it is shown.
  var isVisible = false
  /// Where the image's top left corner is; nil: nobody has said.
  var position: Point?
}

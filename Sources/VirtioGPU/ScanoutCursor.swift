internal import Display

/// The cursor of a scanout.
struct ScanoutCursor {
  /// What UPDATE_CURSOR showed last, also while a move hides it; nil: nothing.
  var image: CursorImage?
  /// True while the image is shown.
  var isVisible = false
  /// True when the last move showed the cursor, also while its image is not there yet.
  var isWanted = false
  /// Where the image's top left corner is; nil: no command has said so.
  var position: Point?
  /// How many commands it has had, which gives each its number.
  var commandCount: UInt64 = 0
  /// The number of the command that gave the image: images of renderers may come late.
  var imageNumber: UInt64 = 0
  /// The number of the latest move.
  var moveNumber: UInt64 = 0
}

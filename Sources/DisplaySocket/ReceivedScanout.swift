internal import Display

/// One scanout of a back end, as a ``DisplaySocketSource`` has received it.
struct ReceivedScanout {
  /// Where its pixels come from.
  enum Content {
    /// It is off.
    case off
    /// UPDATE, into a surface of our own.
    case pixels
    /// The file of the back end itself.
    case file
    /// Copied from a buffer of the back end at each DMABUF_UPDATE.
    case buffer(SharedBuffer)
  }

  var content = Content.off
  /// What the source shows; nil: off.
  var surface: Surface?
  /// True until the first update of a buffer: every pixel of it is new.
  var isAllNew = false
  /// The number of the frame that was emitted last.
  var frame: UInt64 = 0
  /// The image of the cursor that came last, also while it is hidden.
  var cursor: CursorImage?
  var isCursorShown = false
  /// DMABUF_UPDATEs that have no reply because their frame was not shown yet.
  var unanswered = 0

  /// The bytes that it keeps or maps.
  var bytes: Int {
    let own = surface.map { $0.stride * Int($0.size.height) } ?? 0
    return if case .buffer(let buffer) = content { own + buffer.count } else { own }
  }
}

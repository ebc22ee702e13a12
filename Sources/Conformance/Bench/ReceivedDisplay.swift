internal import Display
internal import DisplaySocket
internal import LinuxIO

/// What a back end has made a display show so far, and what it did that no display survives.
struct ReceivedDisplay: Sendable {
  /// A cursor as it was set last.
  struct Cursor: Sendable {
    var image: Surface
    var position: Point
    var hotSpot: Point
    var isVisible: Bool
  }

  /// How many messages are kept; more are counted only.
  static let maximumMessages = 4096
  /// The most pixels of a scanout. The guests here have no larger ones.
  static let maximumPixels: UInt64 = 4 << 20

  /// The pixels of each scanout in `b8g8r8x8`; none: it is off.
  var images: [ScanoutID: Surface] = [:]
  /// Buffers that both ends share, by scanout: a picture is read when it is asked for.
  var shared: [ScanoutID: Surface] = [:]
  var cursors: [ScanoutID: Cursor] = [:]
  /// The messages in their order, at most ``maximumMessages``.
  var messages: [DisplaySocketMessage] = []
  /// How many came.
  var messageCount = 0
  /// The first message that breaks the protocol, in words.
  var violation: String?
  /// True when the back end has closed the socket.
  var hasEnded = false

  /// What a scanout shows, without alpha; nil: it is off, or there is no memory.
  func picture(_ scanout: ScanoutID) -> Surface? {
    guard let image = images[scanout] ?? shared[scanout],
      let view = try? Surface(Rectangle(image.size), of: image, as: image.format.opaque),
      let copy = try? Surface(size: image.size, format: .b8g8r8a8)
    else { return nil }
    copy.copy(Rectangle(image.size), of: view, to: .zero)
    return copy
  }
}

extension Surface {
  /// The first pixel in which two surfaces of four bytes a pixel and the same size differ, with both colours; nil:
  /// none.
  func firstDifference(from other: Surface) -> (Point, String, String)? {
    for y in 0..<Int(min(size.height, other.size.height)) {
      let (mine, theirs) = (row(y), other.row(y))
      guard mine != theirs else { continue }
      for x in 0..<Int(size.width) where mine[(4 * x)..<(4 * x + 4)] != theirs[(4 * x)..<(4 * x + 4)] {
        return (
          Point(x: Int32(x), y: Int32(y)), Self.color(mine[(4 * x)..<(4 * x + 4)]),
          Self.color(theirs[(4 * x)..<(4 * x + 4)])
        )
      }
    }
    return nil
  }

  /// The bytes of a row.
  private func row(_ y: Int) -> [UInt8] {
    // Safe: the surface has this row, and the bytes are copied before it can go.
    unsafe withPixels { base in
      unsafe [UInt8](UnsafeRawBufferPointer(start: base + y * stride, count: 4 * Int(size.width)))
    }
  }

  private static func color(_ bytes: ArraySlice<UInt8>) -> String {
    "#" + bytes.reversed().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.dropFirst().joined()
  }
}

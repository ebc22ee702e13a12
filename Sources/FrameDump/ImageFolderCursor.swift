internal import Display
internal import Frames

/// A place in a folder of PNG files, as events: a surface for each new size, and for each frame all of it damaged, the frame,
/// and a tick. The first frames of all scanouts come first, then the second ones.
struct ImageFolderCursor: RecordingCursor {
  private let images: ImageFolder
  private let order: [ScanoutID]
  /// The number of the next frame, and the place of its scanout in ``order``.
  private var number = 1
  private var place = 0
  private var upcoming: ArraySlice<RecordedEvent> = []
  private(set) var position = 0
  private(set) var scanouts: [ScanoutID: ScanoutProgress] = [:]

  init(_ images: ImageFolder) {
    self.images = images
    order = images.entries.keys.sorted()
  }

  mutating func next() throws(RecordingError) -> RecordedEvent? {
    try load()
    guard let event = upcoming.popFirst() else { return nil }
    scanouts[event.scanout, default: ScanoutProgress()].apply(event)
    position += 1
    return event
  }

  mutating func seek(toFrame number: Int, of scanout: ScanoutID) throws(RecordingError) -> Bool {
    self = ImageFolderCursor(images)
    while true {
      try load()
      guard let event = upcoming.first else { return false }
      if let frame = event.frame, event.scanout == scanout, frame.number == number { return true }
      _ = try next()
    }
  }

  private mutating func load() throws(RecordingError) {
    while upcoming.isEmpty {
      if place == order.count {
        place = 0
        number += 1
      }
      guard images.entries.values.contains(where: { $0.count >= number }) else { return }
      let scanout = order[place]
      place += 1
      guard let entries = images.entries[scanout], number <= entries.count else { continue }
      let frame = try images.frame(number, of: scanout, entries[number - 1])
      upcoming = events(of: frame)[...]
    }
  }

  private func events(of frame: RecordedFrame) -> [RecordedEvent] {
    func event(_ change: RecordedEvent.Change, _ completed: RecordedFrame? = nil) -> RecordedEvent {
      RecordedEvent(change, on: frame.scanout, at: frame.time, frame: completed)
    }
    let isNewSize = scanouts[frame.scanout]?.surface?.size != frame.size
    return (isNewSize ? [event(.scanout(RecordedSurface(size: frame.size, format: .b8g8r8x8)))] : []) + [
      event(.damage(Rectangle(frame.size))), event(.frame(UInt64(frame.number)), frame),
      event(.vsync(UInt64(frame.number))),
    ]
  }
}

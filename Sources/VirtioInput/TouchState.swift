internal import Display

/// Fingers that touch a screen, and which of them is the pointer for programs that know nothing of fingers.
struct TouchState {
  /// The highest tracking ID: then they start again at 0.
  static let maximumTrackingID: Int32 = 0xffff

  /// When a finger came down, by its slot.
  private var order: [Int: UInt64] = [:]
  private var nextOrder: UInt64 = 0

  /// The slots of all fingers that touch, in order.
  var slots: [Int] { order.keys.sorted() }
  /// The finger that has touched longest.
  var primary: Int? { order.min { $0.value < $1.value }?.key }

  func isDown(_ slot: Int) -> Bool { order[slot] != nil }

  mutating func down(_ slot: Int, at point: DesktopPoint) -> [WireEvent] {
    let isFirst = order.isEmpty
    let tracking = Int32(nextOrder % (UInt64(Self.maximumTrackingID) + 1))
    order[slot] = nextOrder
    nextOrder += 1
    var events = [
      Self.axis(AbsoluteAxis.slot, Int32(slot)), Self.axis(AbsoluteAxis.trackingID, tracking),
      Self.axis(AbsoluteAxis.touchX, point.x), Self.axis(AbsoluteAxis.touchY, point.y),
    ]
    if isFirst {
      events.append(WireEvent(type: EventType.key, code: TouchButton.touch, value: 1))
      events += Self.pointer(point)
    }
    return events + [.report]
  }

  mutating func up(_ slot: Int) -> [WireEvent] {
    order[slot] = nil
    return Self.release(slot, isLast: order.isEmpty)
  }

  /// The events of a finger that touches no more.
  static func release(_ slot: Int, isLast: Bool) -> [WireEvent] {
    let events = [axis(AbsoluteAxis.slot, Int32(slot)), axis(AbsoluteAxis.trackingID, -1)]
    return events + (isLast ? [WireEvent(type: EventType.key, code: TouchButton.touch, value: 0), .report] : [.report])
  }

  /// The events of fingers that moved. `primary` is where the pointer moved to; nil: it did not.
  static func moved(_ points: [Int: DesktopPoint], primary: DesktopPoint?) -> [WireEvent] {
    var events: [WireEvent] = []
    for (slot, point) in points.sorted(by: { $0.key < $1.key }) {
      events += [
        axis(AbsoluteAxis.slot, Int32(slot)), axis(AbsoluteAxis.touchX, point.x), axis(AbsoluteAxis.touchY, point.y),
      ]
    }
    return events + (primary.map(pointer) ?? []) + [.report]
  }

  static func pointer(_ point: DesktopPoint) -> [WireEvent] {
    [axis(AbsoluteAxis.x, point.x), axis(AbsoluteAxis.y, point.y)]
  }

  private static func axis(_ code: UInt16, _ value: Int32) -> WireEvent {
    WireEvent(type: EventType.absolute, code: code, value: value)
  }
}

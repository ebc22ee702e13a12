import Display
import ScanoutTesting
import Testing
import VirtioGPU

@Suite("Ticks of scanouts")
struct TickTests {
  /// What changes in each step.
  enum TickChange: CaseIterable {
    case damage, cursorImage, cursorPosition
  }

  private static let rates: [UInt32] = [50_000, 60_000, 144_000]
  /// Nanoseconds from one step to the next, less than each period.
  private static let step: UInt64 = 4_000_000

  private static func make(_ rate: UInt32, _ pace: Pace) throws -> FencedGuest {
    try FencedGuest(outputs: [Output(size: Size(width: 64, height: 48), refreshMillihertz: rate)], pace: pace)
  }

  private static func ticks(_ guest: FencedGuest) -> [UInt64] {
    guest.recorder.entries.compactMap { if case .vsync(0, let tick) = $0 { tick } else { nil } }
  }

  @Test(
    "tick at the refresh rate of the output while anything changes", arguments: rates, TickChange.allCases)
  func busy(rate: UInt32, change: TickChange) throws {
    for pace in [Pace.immediate, .refresh] {
      let guest = try Self.make(rate, pace)
      if change == .cursorPosition { try guest.updateCursor(5) }
      while guest.now < 2_000_000_000 {
        try guest.device.advance()
        switch change {
        case .damage: guest.flush(fence: nil)
        case .cursorImage: try guest.updateCursor(5)
        case .cursorPosition: try guest.moveCursor(5, to: Point(x: Int32(guest.now / Self.step), y: 0))
        }
        guest.now += Self.step
      }
      try guest.device.advance()
      let period = 1_000_000_000_000 / UInt64(rate)
      #expect(Self.ticks(guest) == Array(1...(guest.now / period)))
    }
  }

  @Test("tick once after the last change, at a multiple of the period, and not again", arguments: rates)
  func idle(rate: UInt32) throws {
    let guest = try Self.make(rate, .immediate)
    let period = 1_000_000_000_000 / UInt64(rate)
    guest.now = 5 * period + 1
    #expect(guest.device.deadline == nil)
    guest.flush(fence: nil)
    for _ in 0..<3 { try guest.updateCursor(5) }
    #expect(guest.device.deadline == DisplayTime(nanoseconds: 6 * period))
    guest.now = 6 * period - 1
    try guest.device.advance()
    #expect(Self.ticks(guest) == [])
    guest.now = 6 * period
    try guest.device.advance()
    #expect(Self.ticks(guest) == [1])
    #expect(guest.device.deadline == nil)
    guest.now = 600 * period
    try guest.device.advance()
    #expect(Self.ticks(guest) == [1])
  }

  @Test("start with each change of a visible cursor, and with nothing else that is said of one")
  func cursor() throws {
    let guest = try Self.make(60_000, .immediate)
    func isArmed() throws -> Bool {
      defer { guest.now += 1_000_000_000 }
      let isArmed = guest.device.deadline != nil
      guest.now += 1_000_000_000
      try guest.device.advance()
      return isArmed
    }
    try guest.moveCursor(5, to: Point(x: 1, y: 1))
    #expect(try !isArmed(), "there is no cursor yet")
    try guest.updateCursor(77)
    #expect(try !isArmed(), "there is no such resource")
    try guest.updateCursor(5)
    #expect(try isArmed(), "it comes")
    try guest.moveCursor(5, to: Point(x: 2, y: 1))
    #expect(try isArmed(), "it moves")
    try guest.moveCursor(5, to: Point(x: 2, y: 1))
    #expect(try !isArmed(), "it stays")
    try guest.moveCursor(0, to: Point(x: 2, y: 1))
    #expect(try isArmed(), "it is hidden")
    try guest.moveCursor(0, to: Point(x: 3, y: 1))
    #expect(try !isArmed(), "it moves unseen")
    try guest.moveCursor(5, to: Point(x: 3, y: 1))
    #expect(try isArmed(), "it is shown again")
    try guest.updateCursor(0)
    #expect(try isArmed(), "it goes")
    try guest.updateCursor(5)
    guest.show(on: 0, resource: 0)
    #expect(try !isArmed(), "its scanout is off")
    try guest.moveCursor(5, to: Point(x: 9, y: 1))
    #expect(try !isArmed(), "it moves where nothing is shown")
  }

  @Test("never stop, and never tick twice for one change, at the end of time")
  func endOfTime() throws {
    let guest = try Self.make(60_000, .refresh)
    guest.now = .max
    guest.flush(fence: 1)
    try guest.device.advance()
    #expect(guest.responded == [1])
    #expect(Self.ticks(guest) == [1])
    #expect(guest.device.deadline == nil)
  }

  @Test("have a period whatever the output says", arguments: [0, 1, UInt32.max])
  func anyRate(rate: UInt32) throws {
    let guest = try Self.make(rate, .refresh)
    guest.flush(fence: 1)
    let deadline = try #require(guest.device.deadline)
    guest.now = deadline.nanoseconds
    try guest.device.advance()
    #expect(guest.responded == [1])
    #expect(Self.ticks(guest) == [1])
  }
}

extension FencedGuest {
  /// Shows a texture as the cursor of scanout 0.
  func updateCursor(_ resource: UInt32) throws {
    try device.executeCursor(UpdateCursor(fields(resource, Point(x: 1, y: 1))).request())
  }

  /// Moves it.
  func moveCursor(_ resource: UInt32, to position: Point) throws {
    try device.executeCursor(MoveCursor(fields(resource, position)).request())
  }

  private func fields(_ resource: UInt32, _ position: Point) -> CursorFields {
    CursorFields(scanout: 0, position: position, resourceID: resource)
  }
}

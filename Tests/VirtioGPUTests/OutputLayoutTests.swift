import Display
import Testing
import VirtioGPU

@Suite("Output layouts and display modes")
struct ArrangementTests {
  private func mode(_ text: String) throws -> DisplayMode { try #require(DisplayMode(text)) }

  private func two(connectors: Int = 3) throws -> OutputLayout {
    OutputLayout([try mode("640x480"), try mode("320x240@75")], connectors: connectors)
  }

  @Test("outputs stand side by side, and further connectors are free")
  func sideBySide() throws {
    let outputs = try two().outputs
    #expect(outputs.map(\.position.x) == [0, 640, 0])
    #expect(outputs.map(\.refreshMillihertz) == [60_000, 75_000, 60_000])
    #expect(outputs.map(\.isEnabled) == [true, true, false])
    #expect(try two(connectors: 0).outputs.count == 2)
  }

  @Test("an output is added on the first free connector, right of the others unless a position is given")
  func add() throws {
    var arrangement = try two(connectors: 4)
    try arrangement.remove(0)
    #expect(try arrangement.add(mode("800x600")) == 0)
    #expect(arrangement.outputs[0].position == Point(x: 960, y: 0))
    #expect(try arrangement.add(mode("100x100"), at: Point(x: -100, y: -5)) == 2)
    #expect(arrangement.outputs[2].position == Point(x: -100, y: -5))
    try arrangement.add(mode("100x100"))
    #expect(throws: OutputLayoutError.noFreeConnector(count: 4)) { try arrangement.add(mode("100x100")) }
  }

  @Test("an output that grows or shrinks moves those to its right, and keeps its refresh rate unless told")
  func resize() throws {
    var arrangement = try two()
    try arrangement.resize(0, to: mode("1000x500"))
    #expect(arrangement.outputs[0].millimetres == Output(size: Size(width: 1000, height: 500)).millimetres)
    #expect(arrangement.outputs[1].position.x == 1000)
    try arrangement.resize(1, to: mode("333x100"))
    #expect(arrangement.outputs[1].refreshMillihertz == 75_000)
    try arrangement.resize(1, to: mode("333x100@30"))
    #expect(arrangement.outputs[1].refreshMillihertz == 30_000)
    #expect(arrangement.outputs[0].position.x == 0)
    #expect(arrangement.outputs[2] == .unplugged)
  }

  @Test("what cannot be done is said, and changes nothing")
  func errors() throws {
    var arrangement = try two()
    let before = arrangement
    for connector in [-1, 3, .max, .min] {
      let error = OutputLayoutError.noConnector(connector, count: 3)
      #expect(throws: error) { try arrangement.remove(connector) }
      #expect(throws: error) { try arrangement.resize(connector, to: mode("32x32")) }
      #expect(throws: error) { try arrangement.move(connector, to: .zero) }
    }
    #expect(throws: OutputLayoutError.nothingPluggedIn(2)) { try arrangement.remove(2) }
    for place in [Point(x: .max, y: 0), Point(x: 0, y: .min), Point(x: 1_000_001, y: 0)] {
      #expect(throws: OutputLayoutError.farAway(place)) { try arrangement.move(0, to: place) }
      #expect(throws: OutputLayoutError.farAway(place)) { try arrangement.add(mode("32x32"), at: place) }
    }
    #expect(arrangement == before)
  }

  @Test("places at the ends of the numbers do not overflow")
  func extremes() throws {
    var arrangement = OutputLayout([
      Output(size: Size(width: .max, height: .max), position: Point(x: .max, y: .max)), .unplugged,
    ])
    try arrangement.add(mode("8192x32"))
    #expect(arrangement.outputs[1].position.x == 1_000_000)
    try arrangement.resize(0, to: mode("32x32"))
    try arrangement.move(1, to: Point(x: -1_000_000, y: 1_000_000))
    try arrangement.resize(1, to: mode("8192x8192"))
  }

  @Test(
    "a mode is read as people write it",
    arguments: [
      ("32x32", 32, 32, nil), ("8192x8192@1000", 8192, 8192, 1_000_000), ("1003x601@59.94", 1003, 601, 59_940),
      ("640x480@1", 640, 480, 1000),
    ] as [(String, UInt32, UInt32, UInt32?)])
  func modes(text: String, width: UInt32, height: UInt32, refresh: UInt32?) throws {
    let mode = try mode(text)
    #expect(mode.size == Size(width: width, height: height))
    #expect(mode.refreshMillihertz == refresh)
  }

  @Test(
    "text that is not a mode is refused",
    arguments: [
      "", "x", "@", "640", "640x", "x480", "640x480x1", "31x480", "640x8193", "-640x480", "640x480@", "640x480@0",
      "640x480@1001", "640x480@nan", "640x480@inf", "640x480@-60", "640x480@60@60", "99999999999x480", " 640x480",
    ])
  func malformed(text: String) {
    #expect(DisplayMode(text) == nil)
  }

  @Test("a requested size beyond the quota becomes the nearest mode")
  func nearest() {
    #expect(DisplayMode(nearest: Size(width: 0, height: .max)).size == Size(width: 64, height: 8192))
    #expect(DisplayMode(nearest: Size(width: 1003, height: 601)).size == Size(width: 1003, height: 601))
  }
}

import Display
import Foundation
import Frames
import LinuxIO
import ScanoutTesting
import Testing

@testable import FrameDump

@Suite("a cursor of a recording")
struct RecordingCursorTests {
  /// A dump of two scanouts with 300 frames each, of which the cursor of scanout 0 moves.
  static func makeDump(_ folder: TemporaryFolder, _ options: FrameDumpOptions = FrameDumpOptions()) throws -> Directory
  {
    _ = try FrameDumpSinkTests.dump(folder, options) { scene in
      let surfaces = try [Scene.surface(4, 4), Scene.surface(6, 5)]
      for (scanout, surface) in surfaces.enumerated() { try scene.send(.scanout(surface), on: scanout) }
      try scene.send(.cursor(Scene.cursor()))
      for step in 0..<300 {
        for (scanout, surface) in surfaces.enumerated() {
          surface.fill(
            Rectangle(surface.size), with: Color(red: UInt8(step % 256), green: UInt8(step / 256), blue: UInt8(scanout))
          )
          try scene.send(.cursorMoved(Point(x: Int32(step), y: 0)))
          try scene.send(.damage(Rectangle(surface.size)), on: scanout)
          try scene.tick(scanout)
        }
      }
    }
    return try Directory(folder("dump"))
  }

  @Test("goes to any frame, from anywhere, with few places in memory", arguments: FrameMode.allCases, [2, 5, 128])
  func seek(frames: FrameMode, maximumPlaces: Int) throws {
    let folder = try TemporaryFolder()
    let log = try DumpLog(Self.makeDump(folder, FrameDumpOptions(frames: frames)), maximumPlaces: maximumPlaces)
    #expect((1...maximumPlaces).contains(log.placeCount))
    let recording = Recording(log)
    let events = recording.events
    #expect(events.count == recording.summary.eventCount)
    var cursor = try recording.makeCursor()
    for number in [300, 1, 150, 149, 2, 299, 77, 300] {
      for scanout in [1, 0] {
        #expect(try cursor.seek(toFrame: number, of: scanout))
        let index = try #require(events.firstIndex { $0.scanout == scanout && $0.frame?.number == number })
        #expect(cursor.position == index)
        #expect(cursor.scanouts[scanout]?.latest?.number ?? 0 == number - 1)
        #expect(cursor.scanouts[0]?.cursorPosition == Point(x: Int32(number - 1), y: 0))
        #expect(cursor.scanouts[0]?.cursor != nil)
        for event in events[index...].prefix(300) { #expect(try cursor.next() == event) }
      }
    }
    #expect(try !cursor.seek(toFrame: 301, of: 0))
    #expect(try !cursor.seek(toFrame: 1, of: 2))
    #expect(try cursor.next() == nil)
  }

  @Test("goes to the frames of a folder of PNG files")
  func images() throws {
    let folder = try TemporaryFolder()
    for name in ["1.png", "2.png", "1-000001.png", "10.png"] { try ImageFolderTests.add("p/\(name)", .red, to: folder) }
    let recording = try Recording.open(folder("p"))
    var cursor = try recording.makeCursor()
    #expect(try cursor.seek(toFrame: 3, of: 0))
    #expect(cursor.scanouts[0]?.latest?.file == "2.png")
    #expect(try cursor.next()?.frame?.file == "10.png")
    #expect(try cursor.seek(toFrame: 1, of: 1))
    #expect(try cursor.next()?.frame?.file == "1-000001.png")
    #expect(try !cursor.seek(toFrame: 2, of: 1))
  }

  @Test("shows the damage of a tick's frame with its pixels, however far ahead that tick is")
  func ahead() throws {
    let folder = try TemporaryFolder()
    let recording = try FrameDumpSinkTests.dump(folder, FrameDumpOptions(frames: .vsync)) { scene in
      let surface = try Scene.surface(4, 4)
      try scene.send(.scanout(surface))
      try scene.send(.damage(Rectangle(surface.size)))
      for step in 0..<3000 { try scene.send(.cursorMoved(Point(x: Int32(step), y: 0))) }
      try scene.tick()
    }
    var events = ReplayEvents(try recording.makeCursor(), .vsync)
    var shown: [String: Int?] = [:]
    while let (event, frame) = try events.next() { shown[event.kind] = .some(frame?.number) }
    #expect(shown["damage"] == .some(1))
    #expect(shown["vsync"] == .some(1))
    #expect(shown["cursorMoved"] == .some(nil))
  }
}

@Suite("intervals that are counted")
struct IntervalHistogramTests {
  @Test("have their median and their longest, and little memory")
  func median() {
    var histogram = IntervalHistogram()
    #expect(histogram.median == nil && histogram.longest == nil)
    for value in [5, 1, 9] as [UInt64] { histogram.add(value) }
    #expect(histogram.median == 5 && histogram.longest == 9)
    histogram.add(7)
    // Of two in the middle, the longer one.
    #expect(histogram.median == 7)
    histogram = IntervalHistogram()
    for value in UInt64(0)..<100_000 { histogram.add(value * 1000) }
    #expect(histogram.count == 100_000 && histogram.longest == 99_999_000)
    let median = histogram.median ?? 0
    #expect((49_900_000...50_000_000).contains(median))
    for value in [UInt64.max, 0] { histogram.add(value) }
    #expect(histogram.longest == .max)
  }
}

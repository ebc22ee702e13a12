import Display
import Foundation
import FrameDump
import Frames
import GuestDriver
import Testing
import VirtioGPU

@Suite("A cursor that moves alone, in a dump of a device")
struct TickDumpTests {
  /// A still image over which the cursor goes one pixel to the right every 5 ms, forty times, and is then hidden.
  private static func record(_ cursor: CursorMode, _ frames: FrameMode) throws -> (frames: Int, ticks: Int) {
    let folder = FileManager.default.temporaryDirectory.path + "/tick-tests-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let sink = try FrameDumpSink(path: folder, options: FrameDumpOptions(cursor: cursor, frames: frames))
    var now: UInt64 = 0
    let device = Device(
      outputs: [Output(size: Size(width: 128, height: 64), refreshMillihertz: 50_000)], sink: sink
    ) { DisplayTime(nanoseconds: now) }
    let ram = try GuestRAM(count: 16 << 20)
    let driver = try GPUDriver(InProcessLink(device, ram: ram), ram: ram)
    let frame = try Framebuffer(driver, size: Size(width: 128, height: 64), format: .b8g8r8x8)
    try frame.show(on: 0)
    try frame.flush()
    let image = try Framebuffer(driver, size: Size(width: 64, height: 64), format: .b8g8r8a8)
    image.surface.fill(Rectangle(image.surface.size), with: Color(red: 255, green: 255, blue: 255))
    try driver.showCursor(image, on: 0, at: .zero, hotSpot: Point(x: 5, y: 5))
    for step in Int32(1)...40 {
      now += 5_000_000
      try device.advance()
      try driver.moveCursor(on: 0, to: Point(x: step, y: 0))
    }
    now += 20_000_000
    try device.advance()
    try driver.hideCursor(on: 0)
    try driver.link.reset()
    try sink.finish()
    let recording = try Recording.open(folder)
    return (recording.frameCount, recording.scanouts[0].ticks)
  }

  @Test("is a frame at each tick where ticks make frames that show it", arguments: [CursorMode.with, .both])
  func ticks(cursor: CursorMode) throws {
    let made = try Self.record(cursor, .vsync)
    // Ten periods of 20 ms, one tick for the last move, and one for the cursor that goes.
    #expect(made.ticks == 12)
    #expect(made.frames == 12)
  }

  @Test("is no frame where flushes make frames, or where frames do not show it")
  func flushes() throws {
    for (cursor, frames) in [
      (CursorMode.with, FrameMode.flush), (.both, .flush), (.without, .flush), (.without, .vsync),
    ] {
      let made = try Self.record(cursor, frames)
      #expect(made.frames == 1, "\(cursor) \(frames)")
      #expect(made.ticks == 12)
    }
  }
}

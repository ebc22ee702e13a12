import Display
import Foundation
import FrameDump
import Frames
import PNG
import ScanoutTesting
import Testing

@Suite("a dump whose writer dies")
struct CrashTests {
  @Test("leaves every finished frame readable after kill -9", arguments: [1, 4, 9, 17, 33, 60])
  func kill(afterMilliseconds delay: Int) async throws {
    let folder = try TemporaryFolder()
    let path = folder("dump")
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, delay = delay as Int] in
      let sink = try FrameDumpSink(path: path)
      Thread.detachNewThread {
        usleep(UInt32(delay) * 1000)
        Glibc.kill(getpid(), SIGKILL)
      }
      let surface = try Scene.surface(320, 240)
      try sink.receive(.scanout(surface), on: 0, at: .zero)
      for count in 0..<UInt32.max {
        let color = Color(red: UInt8(truncatingIfNeeded: count), green: UInt8(truncatingIfNeeded: count >> 8), blue: 9)
        surface.fill(Rectangle(x: count % 300, y: 10, width: 20, height: 20), with: color)
        try sink.flush(Rectangle(surface.size), number: UInt64(count) + 1, at: DisplayTime(nanoseconds: UInt64(count)))
      }
    }
    let files = try folder.files(in: "dump").keys.filter { $0.hasPrefix("frames/") && $0.hasSuffix(".png") }
    guard !files.isEmpty else {
      #expect(throws: RecordingError.self) { try Recording.open(path) }
      return
    }
    let recording = try Recording.open(path)
    #expect(!recording.isFinished)
    #expect(Set(recording.frames.map(\.file)) == Set(files))
    for frame in recording.frames { _ = try recording.image(of: frame) }

    let again = try FrameDumpSink(path: folder("again"), options: recording.options)
    try ReplaySource(recording).play(into: again)
    try again.finish()
    let copy = try Recording.open(folder("again"))
    // A copy of what did not finish is no more finished than that.
    #expect(!copy.isFinished)
    #expect(copy.lostFrames == [])
    #expect(copy.problems.count == 1)
    #expect(copy.frames.map(\.hash) == recording.frames.map(\.hash))
  }
}

internal import Display
internal import FrameDump
internal import Frames
internal import GuestDriver
internal import LinuxIO
public import Logging
internal import SDLDisplay
internal import Text
internal import VirtioGPU

/// Run of the demo: an embedded guest draws a scene through real virtqueues.
public final class DemoRun: Run {
  /// Source in the manifests of demos.
  private static let source = "demo"

  /// Called on the source's thread after each step of the scene.
  public var onStep: (_ done: Int, _ total: Int) -> Void = { _, _ in }

  private let folder: String
  private let presentation: Presentation
  private let dump: FrameDumpSink
  private let isPaced: Bool

  /// Opens the display and the dump at `folder`, which replaces the dump of an earlier demo and nothing else. `inputs`:
  /// folders that are only read meanwhile.
  public init(
    dump folder: String, keeping inputs: [String], showsWindows: Bool?, keepsWindowsOpen: Bool, producer: String,
    log: Logger
  ) throws {
    self.folder = folder
    isPaced = showsWindows ?? SDLWindows.isDisplayAvailable()
    presentation = try Presentation(
      name: "Scanout demo", showsWindows: isPaced, hasOtherSinks: true, recording: folder,
      whenFinished: keepsWindowsOpen ? .stayOpen : .close, log: log)
    // Only the dump of a demo is replaced without a question; a dump that cannot be opened may have another source.
    if (try? Recording.isDump(folder)) == true {
      guard let old = try? Recording.open(folder), old.properties.provenance.source == Self.source else {
        throw OtherRecording(folder: folder)
      }
    }
    dump = try FrameDumpSink(
      path: folder,
      options: FrameDumpOptions(
        cursor: .with, provenance: Provenance(producer: producer, source: Self.source, renderer: "2d"),
        overwrites: true),
      keeping: inputs)
  }

  public func run() throws {
    try presentation.run(dump, onWindowsEnded: { _ in }, source: draw)
  }

  public func report() -> RunReport {
    RunReport(dump, in: folder)
  }

  /// Draws all steps, 60 a second of the device's own clock; with windows, 60 a second of real time.
  private func draw(_ display: DisplaySource) throws {
    let interval: UInt64 = 1_000_000_000 / 60
    var time = DisplayTime.zero
    let device = Device(outputs: DemoScene.outputs, display: display) { time }
    let ram = try GuestRAM(count: 256 << 20)
    let scene = try DemoScene(GPUDriver(InProcessLink(device, ram: ram), ram: ram))
    let alarm = try Alarm()
    let start = Alarm.now
    for step in 0..<DemoScene.steps {
      time = DisplayTime(nanoseconds: interval * UInt64(step))
      if isPaced { _ = try alarm.wait(until: start + time.nanoseconds) }
      try device.advance()
      if step == DemoScene.resizeStep { device.setOutput(DemoScene.resizedOutput, of: 0) }
      try scene.step(step)
      try display.waitUntilReleased()
      onStep(step + 1, DemoScene.steps)
    }
    // The last image has its tick as well.
    time = device.deadline ?? time
    try device.advance()
  }

  private struct OtherRecording: Error, CustomStringConvertible {
    let folder: String
    var description: String {
      "the folder \(folder.printable) holds a recording that is not a demo's, and was not changed: name another folder"
    }
  }
}

import ArgumentParser
import Display
import FrameDump
import Frames
import GuestDriver
import LinuxIO
import Logging
import SDLDisplay
import Text
import VirtioGPU

/// An embedded guest draws a scene.
struct Demo: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Let an embedded guest draw a scene; no virtual machine needed.",
    discussion: """
      The guest drives the real device through real virtqueues: two scanouts of \
      different size, damage in parts of the picture, all eight pixel formats, a \
      pointer with soft edges, a resize in the middle. The frames go to windows \
      when there is a display, and always to a folder; they are the same bytes \
      each time.

        scanout demo
        scanout demo --dump frames/ --golden Fixtures/demo
      """)

  @Option(
    help: ArgumentHelp("Write the frames into this folder, replacing those of another demo.", valueName: "folder"))
  var dump = "scanout-demo"

  @Option(help: ArgumentHelp("Judge the frames against the PNG files in this folder.", valueName: "folder"))
  var golden: String?

  @Flag(inversion: .prefixedNo, help: "Show windows. (default: when there is a display)")
  var window: Bool?

  @Flag(help: "Leave the windows open at the end.")
  var keepOpen = false

  func validate() throws {
    try roles.check()
  }

  /// What happens at which path.
  private var roles: PathRoles {
    var roles = PathRoles()
    roles.note("--golden", golden, .input)
    roles.note("--dump", dump, .outputFolder)
    if golden != nil { roles.noteDefaultResults(remedy: "start scanout in another folder") }
    return roles
  }

  /// What the dumps of demos say of their source.
  private static let source = "demo"

  private struct OtherRecording: Error, CustomStringConvertible {
    let folder: String
    var description: String {
      "the folder \(folder.printable) holds a recording that is not a demo's, and is not replaced: name another folder"
    }
  }

  func run() throws {
    Console.startQueue(catchingLibraries: 100)
    let log = Logger(label: "scanout") { _ in ConsoleLog(logLevel: .notice) }
    var sinks = SinkOptions()
    sinks.dump = dump
    sinks.golden = golden
    try Judging.begin(sinks)
    try ExitStatus.reporting { try draw(log) }
    try Judging.judge(sinks)
    let folder = dump.hasSuffix("/") ? dump : dump + "/"
    Console.answer(
      """
      The frames are in \(folder.printable)frames/. What to try next:
        \(Self.suggestions(for: folder, isUnattended: Environment.isUnattended).joined(separator: "\n  "))
      """)
  }

  /// Commands to go on with, which work where the program runs: no windows where nobody would see them.
  static func suggestions(for folder: String, isUnattended: Bool) -> [String] {
    let folder = folder.shellQuoted
    return isUnattended
      ? [
        "scanout inspect \(folder)", "scanout serve --socket-path gpu.sock --dump frames/",
      ]
      : [
        "scanout inspect \(folder)", "scanout replay \(folder) --window",
        "scanout serve --socket-path gpu.sock --window",
      ]
  }

  private func draw(_ log: Logger) throws {
    let isShown = window ?? SDLWindows.isDisplayAvailable()
    let presentation = try Presentation(
      name: "Scanout demo", window: isShown, hasOtherSinks: true, recording: dump,
      whenFinished: keepOpen ? .stayOpen : .close, log: log)
    // Only what a demo can draw again is replaced without a question; a dump that cannot be opened may be anybody's.
    if (try? Recording.isDump(dump)) == true {
      guard let old = try? Recording.open(dump), old.properties.provenance.source == Self.source else {
        throw OtherRecording(folder: dump)
      }
    }
    let sink = try FrameDumpSink(
      path: dump,
      options: FrameDumpOptions(
        cursor: .with,
        provenance: Provenance(producer: "scanout \(Scanout.version)", source: Self.source, renderer: "2d"),
        overwrites: true),
      keeping: roles.inputs)
    try presentation.run(sink) { sinks, _ in try Self.play(into: sinks, isPaced: isShown) }
    let frames = sink.frameCounts.values.reduce(0, +)
    Console.answer("The guest drew \(count(frames, "frame")) on \(count(sink.frameCounts.count, "scanout")).")
  }

  /// Draws all steps, 60 a second of the device's own clock; when somebody looks, also of theirs.
  private static func play(into display: DisplaySource, isPaced: Bool) throws {
    let interval: UInt64 = 1_000_000_000 / 60
    var time = DisplayTime.zero
    let device = Device(outputs: DemoScene.outputs, display: display) { time }
    let ram = try GuestRAM(count: 256 << 20)
    let scene = try DemoScene(GPUDriver(InProcessLink(device, ram: ram), ram: ram))
    let progress = ProgressBar("drawing")
    let alarm = try Alarm()
    let start = Alarm.now
    for step in 0..<DemoScene.steps {
      time = DisplayTime(nanoseconds: interval * UInt64(step))
      if isPaced { _ = try alarm.wait(until: start + time.nanoseconds) }
      try device.advance()
      if step == DemoScene.resizeStep { device.setOutput(DemoScene.resizedOutput, of: 0) }
      try scene.step(step)
      try display.waitUntilReleased()
      progress.show(step + 1, of: DemoScene.steps)
    }
    // The last picture has its tick as well.
    time = device.deadline ?? time
    try device.advance()
  }
}

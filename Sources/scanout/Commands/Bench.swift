import ArgumentParser
import Display
import Text

/// Measure a device.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure this device, or any vhost-user-gpu back end, with the same commands.",
    discussion: """
      A pretended guest sends commands and waits for their answers: a table says \
      how long they took, on the wall and of processors (CPU). Two or more back ends are measured in turn, so that \
      whatever else the machine does hits all of them, and compared with the \
      first. A back end that sends its frames over a display socket, as QEMU's \
      does, has them received.

        scanout bench
        scanout bench --backend gpu.sock
        scanout bench --own --program /usr/lib/qemu/vhost-user-gpu
        scanout bench --size 3840x2160 --seconds 5 --json | jq .rows
      """)

  @Flag(help: "Measure this program's own device. (default: when no other is named)")
  var own = false

  @Option(
    name: .customLong("program"),
    help: ArgumentHelp(
      "Measure this back-end program: it is started with --fd=NUMBER, as QEMU's are. Repeatable.", valueName: "path"))
  var programs: [String] = []

  @Option(
    name: .customLong("backend"),
    help: ArgumentHelp("Measure the back end that listens at this socket. Repeatable.", valueName: "socket"))
  var sockets: [String] = []

  @Option(
    name: .customLong("size"),
    help: ArgumentHelp("A picture; repeatable. (default: 1920x1080 and 3840x2160)", valueName: "WxH"))
  var sizes: [ImageSize] = []

  @Option(help: ArgumentHelp("How long to measure each thing on each back end.", valueName: "number"))
  var seconds = 1.0

  @Flag(help: "Answer as JSON.")
  var json = false

  /// What one run can be asked for at most: each back end has a guest with all pictures.
  private static let most = 8

  func validate() throws {
    guard seconds.isFinite, (0.01...60).contains(seconds) else {
      throw ValidationError("--seconds is a number from 0.01 to 60.")
    }
    guard places.count <= Self.most, sizes.count <= Self.most else {
      throw ValidationError("At most \(Self.most) back ends and \(Self.most) sizes can be measured in one run.")
    }
  }

  private var places: [BenchPlace] {
    let others = programs.map(BenchPlace.program) + sockets.map(BenchPlace.socket)
    return own || others.isEmpty ? [.own] + others : others
  }

  func run() throws {
    Console.startQueue()
    try ExitStatus.reporting(json: json) {
      let sizes =
        sizes.isEmpty ? [Size(width: 1920, height: 1080), Size(width: 3840, height: 2160)] : sizes.map(\.size)
      let report = try BenchRun(places: places, sizes: sizes, seconds: seconds).run()
      if json {
        Console.answer(JSONText.encode(JSONResponse("bench", summary: report.summary, report)))
      } else {
        Console.answer(report.text)
      }
    }
  }
}

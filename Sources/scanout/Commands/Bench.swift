import ArgumentParser
import Display
import Text

/// The command `scanout bench`: measures vhost-user-gpu back ends.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure this device, or any vhost-user-gpu back end, with the same commands.",
    discussion: """
      A fake guest sends commands and waits for their responses. The table has the \
      time of each command and its processor time (CPU). Two or more back ends are \
      measured in turn, so that other load of the machine hits all of them alike, and \
      are compared with the first. If a back end sends its frames over a display \
      socket, as QEMU's does, this program receives them.

        scanout bench
        scanout bench --backend gpu.sock
        scanout bench --own --program /usr/lib/qemu/vhost-user-gpu
        scanout bench --size 3840x2160 --seconds 5 --json | jq .rows
      """)

  @Flag(help: "This program's own device. (default: when no other back end is named)")
  var own = false

  @Option(
    name: .customLong("program"),
    help: ArgumentHelp(
      "Back-end program to measure, started with --fd=NUMBER as QEMU's are. Repeatable.", valueName: "path"))
  var programs: [String] = []

  @Option(
    name: .customLong("backend"),
    help: ArgumentHelp("Socket of a running back end to measure. Repeatable.", valueName: "socket"))
  var sockets: [String] = []

  @Option(
    name: .customLong("size"),
    help: ArgumentHelp("Image size. Repeatable. (default: 1920x1080 and 3840x2160)", valueName: "WxH"))
  var sizes: [ImageSize] = []

  @Option(help: ArgumentHelp("Seconds of each measurement on each back end, 0.01 to 60.", valueName: "number"))
  var seconds = 1.0

  @Flag(
    help: "Frames of a display socket are received whole, as QEMU does. (default: piece by piece, which costs less)")
  var wholeFrames = false

  @Flag(help: "JSON response, to standard output.")
  var json = false

  /// Maximum number of back ends and of sizes in one run: each back end has a guest with images of all sizes.
  private static let most = 8

  func validate() throws {
    guard seconds.isFinite, (0.01...60).contains(seconds) else {
      throw ValidationError("Invalid --seconds \(seconds): must be a number from 0.01 to 60.")
    }
    guard targets.count <= Self.most, sizes.count <= Self.most else {
      throw ValidationError(
        "\(targets.count) back ends and \(sizes.count) sizes were given. At most \(Self.most) back ends and "
          + "\(Self.most) sizes can be measured in one run: leave some out.")
    }
  }

  private var targets: [BenchTarget] {
    let others = programs.map(BenchTarget.program) + sockets.map(BenchTarget.socket)
    return own || others.isEmpty ? [.own] + others : others
  }

  func run() throws {
    Console.startQueue()
    try ExitStatus.reporting(json: json) {
      let sizes =
        sizes.isEmpty ? [Size(width: 1920, height: 1080), Size(width: 3840, height: 2160)] : sizes.map(\.size)
      let report = try BenchRun(targets: targets, sizes: sizes, seconds: seconds, keepsFrames: wholeFrames).run()
      if json {
        Console.print(JSONText.encode(JSONResponse("bench", summary: report.summary, report)))
      } else {
        Console.print(report.text)
      }
    }
  }
}

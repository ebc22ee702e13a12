import ArgumentParser
import Display
import LinuxIO
import Logging
import Serving
import Text
import VirtioGPU

/// The command `scanout tap`: stands between a virtual machine and a back end of somebody else.
struct Tap: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Take the frames of any vhost-user-gpu back end, between it and its virtual machine.",
    discussion: """
      The virtual machine connects to this command as if it were the back end. Every \
      message passes on unchanged; the frames, which the back end would have sent to \
      the virtual machine's own display, go to windows, dumps and goldens. Ctrl-C, \
      SIGTERM or SIGHUP ends it, with everything written.

        scanout tap --listen gpu.sock --backend other.sock --window
        scanout tap --listen gpu.sock --program /usr/lib/qemu/vhost-user-gpu --dump frames/
        scanout tap --listen gpu.sock --program ./my-device --dump frames/ -- --verbose
        scanout tap --listen gpu.sock --backend other.sock --forward --dump frames/

      A program is started for each virtual machine, with --fd=NUMBER before the \
      arguments that follow --. The back end gets a display socket also when the \
      virtual machine gives none, as user-mode Linux.

      \(ExitStatus.verdicts)
      """)

  @Option(help: ArgumentHelp("Socket for virtual machines, made at this path.", valueName: "path"))
  var listen: String

  @Option(help: ArgumentHelp("Socket of a running back end.", valueName: "path"))
  var backend: String?

  @Option(
    help: ArgumentHelp(
      "Back-end program, started with --fd=NUMBER as QEMU's are, for each virtual machine.", valueName: "path"))
  var program: String?

  @Argument(parsing: .postTerminator, help: ArgumentHelp("Arguments of the program, after --.", valueName: "argument"))
  var programArguments: [String] = []

  @Option(
    name: .customLong("output"),
    help: ArgumentHelp(
      "Output that the back end is told of, 32x32 to 8192x8192 pixels at 1 to 1000 hertz. 1 to 16, from left to right. "
        + "(default: 1280x800@60)",
      valueName: "WxH[@Hz]"))
  var outputs: [DisplayMode] = []

  @Option(
    help: ArgumentHelp(
      """
      Pace of the responses to updates of shared buffers: immediate, refresh (the next tick of the output's refresh \
      rate), or a number of hertz, 1 to 1000. Pixels that are sent have no response, and are taken at once.
      """,
      valueName: "immediate|refresh|Hz"))
  var pace = PaceArgument(pace: .immediate)

  @Flag(help: "Frames go to the virtual machine's own display as well.")
  var forward = false

  @Flag(help: "Frames are received and discarded, to measure the back end.")
  var discard = false

  @Flag(
    help: "One virtual machine only: the command ends with the first one, with exit code 74 if the back end failed it.")
  var once = false

  @OptionGroup(title: "Where frames go")
  var sinks: SinkOptions

  @Option(help: "Log level.")
  var logLevel: Logger.Level = .info

  func validate() throws {
    guard (backend != nil) != (program != nil) else {
      throw ValidationError(
        "The frames come from one back end: give --backend PATH of its socket, or --program PATH, and not both.")
    }
    guard program != nil || programArguments.isEmpty else {
      throw ValidationError("Arguments after -- are those of a program, and there is none: add --program PATH.")
    }
    guard listen != backend else {
      throw ValidationError("--listen and --backend have the same path \(listen): give them two paths.")
    }
    guard !discard || (!sinks.window && sinks.dump == nil) else {
      throw ValidationError("--discard keeps no frame: leave it out, or leave out --window and --dump.")
    }
    guard outputs.count <= Device.maximumScanouts else {
      throw ValidationError("\(outputs.count) outputs were given; a device has at most \(Device.maximumScanouts).")
    }
    try roles.validate()
  }

  /// Roles of the paths on the command line.
  private var roles: PathRoles {
    var roles = PathRoles()
    roles.note("--program", program, .input)
    sinks.note(in: &roles)
    roles.note("--listen", listen, .socket)
    return roles
  }

  func run() throws {
    Console.startQueue(catchingLibraries: logLevel <= .debug ? 10_000 : 100)
    let log = Logger(label: "scanout") { _ in ConsoleLog(logLevel: logLevel) }
    try VerifyRun.begin(sinks)
    try ExitStatus.reporting {
      // Goldens that cannot be read are an error before the run, not after it.
      if let golden = sinks.golden { _ = try Directory(golden) }
      let report = try TapRun(configuration, log: log).complete()
      if let dump = report.dump { Console.note(dump.sentence) }
    }
    try VerifyRun.complete(sinks)
  }

  private var configuration: TapRun.TapConfiguration {
    let backEnd: TapBackEnd =
      if let program { .program(program, arguments: programArguments) } else { .socket(backend ?? "") }
    let modes = outputs.isEmpty ? [DisplayMode(nearest: Size(width: 1280, height: 800))] : outputs
    var configuration = TapRun.TapConfiguration(
      at: listen, backEnd: backEnd, outputs: OutputLayout(modes, connectors: modes.count).outputs,
      sinks: sinks.configuration(keeping: roles.inputs), producer: "scanout \(ScanoutCommand.version)")
    configuration.pace = pace.pace
    configuration.forwards = forward
    configuration.discardsFrames = discard
    configuration.endsWithFrontEnd = once
    return configuration
  }
}

extension RunReport.WrittenDump {
  /// What was written, for the user.
  var sentence: String {
    let end = earlyEnd.map { ", which ended early: \($0)" } ?? ""
    return "wrote \(count(frames, "frame")) to \(folder)\(folder.hasSuffix("/") ? "" : "/")\(end)"
  }
}

import ArgumentParser
import Display
import FrameDump
import Frames
import Glibc
import LinuxIO
import Logging
import SDLDisplay
import Serving
import Text
import VhostUser
import Serving
import VirtioGPU

/// Be the virtio-gpu device of a virtual machine.
struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Be the virtio-gpu device of a virtual machine, over vhost-user.",
    discussion: """
      Waits for a virtual machine at a socket, and shows what its guest draws. \
      When the machine goes away, the next one is served. Ctrl-C, SIGTERM or SIGHUP \
      ends it, with everything written; so does the loss of the display, with 74.

        scanout serve --socket-path gpu.sock --window
        scanout serve --socket-path gpu.sock --dump frames/ --output 1920x1080@60
        scanout serve --socket-path gpu.sock --renderer virgl --window
        scanout serve --socket-path gpu.sock --pace refresh --window

      The virtual machine connects to the socket: QEMU 10, for example, with

        -machine q35,memory-backend=ram
        -object memory-backend-memfd,id=ram,size=1G,share=on
        -chardev socket,id=gpu,path=gpu.sock
        -device vhost-user-gpu-pci,chardev=gpu -vga none -display none

      or user-mode Linux with virtio_uml.device=gpu.sock:16.

      Monitors can be added, removed, resized and moved while the guest runs: add \
      --control ctl.sock, and see scanout output --help. The guest is also asked for \
      the size that the user gives to a window.

      \(ExitStatus.verdicts)
      """)

  @Option(help: ArgumentHelp("Listen at this path of the file system.", valueName: "path"))
  var socketPath: String?

  @Option(
    help: ArgumentHelp(
      "Serve the virtual machine that this open descriptor is connected to, then end.", valueName: "number"))
  var fd: Int32?

  @Flag(help: "Print what this device can do, as QEMU's back-end programs do, and end.")
  var printCapabilities = false

  @Option(
    name: .customLong("output"),
    help: ArgumentHelp(
      "A monitor, 32x32 to 8192x8192 pixels at 1 to 1000 hertz; 1 to 16 of them, from left to right. (default: 1280x800@60)",
      valueName: "WxH[@Hz]"))
  var outputs: [DisplayMode] = []

  @Option(
    help: ArgumentHelp(
      "How many monitors there may ever be, 1 to 16: a guest learns it when it starts. (default: as many as are "
        + "there, and with --control at least 4)", valueName: "number"))
  var connectors: Int?

  @Option(help: ArgumentHelp("Let scanout output change the monitors, at this path.", valueName: "path"))
  var control: String?

  @Flag(help: "Leave the guest's monitors as they are when a window is resized; its picture is scaled.")
  var keepModes = false

  @Flag(help: "End when the first virtual machine goes away.")
  var once = false

  @Flag(help: "Take every frame and keep none: to measure the device, or to try a guest.")
  var discard = false

  @OptionGroup(title: "What the guest gets")
  var device: DeviceOptions

  @OptionGroup(title: "Where frames go")
  var sinks: SinkOptions

  @Option(help: "How much to tell.")
  var logLevel: Logger.Level = .info

  func validate() throws {
    guard !printCapabilities else { return }
    guard (socketPath == nil) != (fd == nil) else {
      throw ValidationError("Say where the virtual machine is: --socket-path PATH, or --fd NUMBER, and not both.")
    }
    guard control == nil || control != socketPath else {
      throw ValidationError("--control and --socket-path are two sockets: give them two paths.")
    }
    guard !discard || (!sinks.window && sinks.dump == nil) else {
      throw ValidationError("--discard keeps no frame: leave out --window and --dump.")
    }
    guard outputs.count <= Device.mostScanouts else {
      throw ValidationError("\(outputs.count) outputs were given; a device has at most \(Device.mostScanouts).")
    }
    if let connectors, !(max(1, outputs.count)...Device.mostScanouts).contains(connectors) {
      throw ValidationError(
        "--connectors \(connectors) is not a number from \(max(1, outputs.count)), one for each output, to "
          + "\(Device.mostScanouts).")
    }
    try roles.validate()
  }

  /// What happens at which path.
  private var roles: PathRoles {
    var roles = PathRoles()
    roles.note("--render-node", device.renderNode, .input)
    sinks.note(in: &roles)
    roles.note("--socket-path", socketPath, .socket)
    roles.note("--control", control, .socket)
    return roles
  }

  func run() throws {
    if printCapabilities {
      Console.answer(capabilities)
      return
    }
    // A guest can make libraries talk; who asks for all gets more of it.
    Console.startQueue(catchingLibraries: logLevel <= .debug ? 10_000 : 100)
    let log = Logger(label: "scanout") { _ in ConsoleLog(logLevel: logLevel) }
    try Judging.begin(sinks)
    try ExitStatus.reporting { try serve(log) }
    try Judging.judge(sinks)
  }

  /// What QEMU's documentation of back-end programs (vhost-user.json) asks for: under "features" those of its options
  /// that the program takes, "virgl" and "render-node". What we add stands beside it.
  private var capabilities: String {
    let log = Logger(label: "scanout") { _ in ConsoleLog(logLevel: .warning) }
    var device = device.configuration(outputs: layout.outputs)
    let renderer = device.renderer.settled(device, log: log)
    device.renderer = renderer
    let names = device.consistentFeatures.names.map { "\"\($0)\"" }.joined(separator: ",")
    let canDraw = renderer != .flat || RendererChoice.virgl.isAvailable(device, log: log)
    let known = canDraw ? #""virgl","render-node""# : ""
    return
      #"{"type":"gpu","features":[\#(known)],"virtio-gpu-features":[\#(names)],"renderer":"\#(renderer.rawValue)"}"#
  }

  private func serve(_ log: Logger) throws {
    // A run whose goldens cannot be read would be in vain.
    if let golden = sinks.golden { _ = try Directory(golden) }
    let report = try DeviceRun(configuration, log: log).complete()
    if let dump = report.dump {
      let end = dump.earlyEnd.map { ", which ended early: \($0)" } ?? ""
      Console.say(
        "wrote \(count(dump.frames, "frame")) to \(dump.folder)\(dump.folder.hasSuffix("/") ? "" : "/")\(end)")
    }
  }

  private var configuration: DeviceRun.Configuration {
    var configuration = DeviceRun.Configuration(
      device.configuration(outputs: layout.outputs), at: fd.map { .descriptor($0) } ?? .path(socketPath ?? ""),
      sinks: sinks.configuration(keeping: roles.inputs), producer: "scanout \(Scanout.version)")
    configuration.discardsFrames = discard
    configuration.controlPath = control
    configuration.followsWindows = !keepModes
    configuration.endsWithFrontEnd = once
    return configuration
  }

  private var layout: OutputLayout {
    let standard = DisplayMode(nearest: Size(width: 1280, height: 800))
    return OutputLayout(
      outputs.isEmpty ? [standard] : outputs, connectors: connectors ?? (control == nil ? 1 : Self.controlledConnectors)
    )
  }

  /// Room for a few more monitors, for those who mean to change them.
  private static let controlledConnectors = 4
}

extension DisplayMode: ExpressibleByArgument {
  public init?(argument: String) {
    self.init(argument)
  }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}

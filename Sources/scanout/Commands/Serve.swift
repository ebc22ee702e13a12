import ArgumentParser
import Display
import Frames
import LinuxIO
import Logging
import Serving
import Text
import VirtioGPU

/// The command `scanout serve`: a virtio-gpu device for virtual machines.
struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve a virtio-gpu device to a virtual machine, over vhost-user.",
    discussion: """
      Waits for a virtual machine at a socket, and shows what its guest draws. \
      When the virtual machine disconnects, the next one is served. Ctrl-C, SIGTERM \
      or SIGHUP ends the device, with everything written. When the display is lost, a \
      recording goes on, and the exit code is 74 at the end.

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

      Frames go to the virtual machine's own display as well, when it gives a display \
      socket: QEMU's screendump shows them. With neither --output nor --connectors, the \
      outputs are those of that display; what the control socket or a window changes \
      later wins until that display changes again.

      With a command behind --, one command is a whole test: the device starts it when it \
      is ready, with the path of its socket in place of {socket}, and ends with it. \
      --timeout ends it, and so does the end of the device. Goldens are compared then:

        scanout serve --dump out/ --golden Goldens/ --timeout 120 -- Tools/guests/uml {socket} modetest
        scanout serve --dump out/ --label-on 'login:' -- Tools/guests/qemu {socket} modetest

      --frame selects what is judged, and --until-reached ends the test when it was \
      reached: see scanout verify --help.

      --label-on 'login:' sets a label in the recording when a line of the command's \
      output has that text, so that --frame login=label:login: selects that moment.

      Several guests are served by one command, each in a process of its own:

        scanout serve --guest one=1.sock --guest two=2.sock,output=640x480 --dump frames/

      Outputs can be added, removed, resized and moved while the guest runs: add \
      --control ctl.sock, and see scanout output --help. When the user resizes a \
      window, its output gets that size as its preferred mode.

      Keyboard, tablet, mouse and touch screen are devices of their own, each at a \
      socket, which scanout ctl --help drives:

        scanout serve --socket-path gpu.sock --control ctl.sock --input-sockets in/

      QEMU takes each with -chardev socket,id=keyboard,path=in/keyboard.sock and \
      -device vhost-user-input-pci,chardev=keyboard; user-mode Linux with \
      virtio_uml.device=in/keyboard.sock:18.

      \(ExitStatus.verdicts)
      """)

  @Option(help: ArgumentHelp("Socket for virtual machines, made at this path.", valueName: "path"))
  var socketPath: String?

  @Option(
    help: ArgumentHelp(
      "Open descriptor of a socket that is connected to a virtual machine; the device ends with it.",
      valueName: "number"))
  var fd: Int32?

  @Option(
    name: .customLong("guest"),
    help: ArgumentHelp(
      "One of several guests, with a device and a socket of its own; repeatable. Its name is that of its folder below --dump and "
        + "--golden, of its socket below --control, and of its windows. Of the options, output, connectors, renderer, render-node, "
        + "pace and max-drawing may be its own.", valueName: "name=socket[,option=value...]"))
  var guests: [GuestArgument] = []

  /// The guest that this program serves, one of several.
  @Option(help: .private)
  var guestName: String?

  @Flag(help: "Capabilities of the device, printed as QEMU's back-end programs print them; nothing is served.")
  var printCapabilities = false

  @Option(
    name: .customLong("output"),
    help: ArgumentHelp(
      "Output, 32x32 to 8192x8192 pixels at 1 to 1000 hertz. 1 to 16, from left to right. (default: those of the virtual "
        + "machine's display, or 1280x800@60)",
      valueName: "WxH[@Hz]"))
  var outputs: [DisplayMode] = []

  @Option(
    help: ArgumentHelp(
      "Number of outputs, connected or not, 1 to 16. A guest reads it when it starts. (default: that of --output, "
        + "and with --control at least 4; without --output 16)", valueName: "number"))
  var connectors: Int?

  @Option(
    help: ArgumentHelp("Control socket for scanout output and scanout view, made at this path.", valueName: "path"))
  var control: String?

  @OptionGroup(title: "Input to the guest")
  var input: InputOptions

  @Flag(help: "Outputs keep their modes when a window is resized; the frame is scaled.")
  var keepModes = false

  @Flag(help: "One virtual machine only: the device ends with the first one.")
  var once = false

  @Flag(help: "Frames are taken and discarded, to measure the device or to try a guest.")
  var discard = false

  @Option(
    help: ArgumentHelp(
      "Time limit of the command, after which it is ended and the exit code is 5. (default: none)", valueName: "seconds"
    ))
  var timeout: Int?

  @Flag(help: "The device, and its command, end as soon as all frames of --frame were reached.")
  var untilReached = false

  @Option(
    name: .customLong("label-on"),
    help: ArgumentHelp(
      "Label that is set when a line of the command's output has this text, or matches an extended regular expression; "
        + "repeatable.", valueName: "text|name=regex"),
    transform: Self.readLabel)
  var labels: [LabelRule] = []

  @Argument(
    parsing: .postTerminator,
    help: ArgumentHelp("Command that the device starts, behind --, with {socket} for the path.", valueName: "command"))
  var command: [String] = []

  @OptionGroup(title: "What the guest gets")
  var device: DeviceOptions

  @OptionGroup(title: "Where frames go")
  var sinks: SinkOptions

  @Option(help: "Log level.")
  var logLevel: Logger.Level = .info

  func validate() throws {
    guard !printCapabilities else { return }
    try validateCommand()
    guard
      [socketPath != nil, fd != nil, !guests.isEmpty].count(where: { $0 }) == 1
        || (!command.isEmpty && socketPath == nil)
    else {
      throw ValidationError(
        "The virtual machine needs one socket: give --socket-path PATH, or --fd NUMBER, and not both; or "
          + "--guest NAME=PATH for each of several.")
    }
    if let twice = guests.indices.first(where: { index in guests[..<index].contains { $0.name == guests[index].name } })
    {
      throw ValidationError("Two guests have the name \(guests[twice].name): give each a name of its own.")
    }
    guard control == nil || control != socketPath else {
      throw ValidationError("--control and --socket-path have the same path \(socketPath ?? ""): give them two paths.")
    }
    guard !discard || (!sinks.window && sinks.dump == nil) else {
      throw ValidationError("--discard keeps no frame: leave it out, or leave out --window and --dump.")
    }
    guard outputs.count <= Device.maximumScanouts else {
      throw ValidationError("\(outputs.count) outputs were given; a device has at most \(Device.maximumScanouts).")
    }
    if let connectors, !(max(1, outputs.count)...Device.maximumScanouts).contains(connectors) {
      throw ValidationError(
        "Invalid --connectors \(connectors): must be a number from \(max(1, outputs.count)), one for each output, to "
          + "\(Device.maximumScanouts).")
    }
    guard guests.isEmpty || input.sockets.isEmpty else {
      throw ValidationError(
        "\(input.sockets[0].option) is the socket of one guest: with --guest, give --input-sockets, where each guest has a "
          + "folder of its own.")
    }
    try roles.validate()
  }

  /// Roles of the paths on the command line.
  private var roles: PathRoles {
    var roles = PathRoles()
    roles.note("--render-node", device.renderNode, .input)
    sinks.note(in: &roles)
    roles.note("--socket-path", socketPath, .socket)
    for guest in guests { roles.note("--guest", guest.socketPath, .socket) }
    input.note(in: &roles, forSeveral: !guests.isEmpty)
    roles.note("--control", control, guests.isEmpty ? .socket : .outputFolder)
    return roles
  }

  func run() throws {
    if printCapabilities {
      Console.print(capabilities)
      return
    }
    // A guest can make libraries write lines; the level debug passes more of them on. With several guests, each device
    // does that itself, and writes to this program's standard error.
    Console.startQueue(catchingLibraries: !guests.isEmpty ? nil : logLevel <= .debug ? 10_000 : 100)
    let log = Logger(label: "scanout") { _ in ConsoleLog(logLevel: logLevel) }
    guard guests.isEmpty else { return try serveGuests(log) }
    if let guestName { Console.nameGuest(guestName) }
    try VerifyRun.begin(sinks)
    var codes: [Int32] = []
    try ExitStatus.reporting { codes = try serve(log) ? [] : [ExitStatus.notReached.rawValue] }
    do { try VerifyRun.complete(sinks) } catch let code as ExitCode { codes.append(code.rawValue) }
    if let code = ExitStatus.first(of: codes) { throw code }
  }

  /// Capabilities as QEMU's documentation of back-end programs (vhost-user.json) defines them: "features" has those of
  /// its options that the program takes, "virgl" and "render-node". The other members are additions of Scanout.
  private var capabilities: String {
    let log = Logger(label: "scanout") { _ in ConsoleLog(logLevel: .warning) }
    var device = device.configuration(outputs: layout.outputs)
    let renderer = device.renderer.available(device, log: log)
    device.renderer = renderer
    let names = device.offeredFeatures.names.map { "\"\($0)\"" }.joined(separator: ",")
    let canDraw = renderer != .flat || RendererChoice.virgl.isAvailable(device, log: log)
    let known = canDraw ? #""virgl","render-node""# : ""
    return
      #"{"type":"gpu","features":[\#(known)],"virtio-gpu-features":[\#(names)],"renderer":"\#(renderer.rawValue)"}"#
  }

  /// Serves; false when the command did not end in time.
  private func serve(_ log: Logger) throws -> Bool {
    // Goldens that cannot be read are an error before the run, not after it.
    if let golden = sinks.golden { _ = try Directory(golden) }
    if let folder = input.inputSockets { _ = try Directory.make(folder) }
    let report = try DeviceRun(try configuration(), log: log).complete()
    if let dump = report.dump { Console.note(dump.sentence) }
    return report.command.map(judge) ?? true
  }

  private func configuration() throws -> DeviceRun.ServingConfiguration {
    var configuration = DeviceRun.ServingConfiguration(
      device.configuration(outputs: layout.outputs),
      at: fd.map { .descriptor($0) } ?? socketPath.map { .path($0) } ?? .temporary,
      sinks: sinks.configuration(keeping: roles.inputs), producer: "scanout \(ScanoutCommand.version)")
    configuration.guest = guestName
    configuration.discardsFrames = discard
    configuration.controlPath = control
    configuration.inputs = input.endpoints
    configuration.followsWindows = !keepModes
    configuration.followsFrontEnd = followsFrontEnd
    configuration.endsWithFrontEnd = once
    configuration.command = try commandConfiguration()
    configuration.endsAfter = untilReached ? sinks.selection.frames.map(\.selector) : []
    return configuration
  }

  private var layout: OutputLayout {
    let standard = DisplayMode(nearest: Size(width: 1280, height: 800))
    let usual = followsFrontEnd ? Device.maximumScanouts : control == nil ? 1 : Self.controlledConnectors
    return OutputLayout(outputs.isEmpty ? [standard] : outputs, connectors: connectors ?? usual)
  }

  /// True: the virtual machine's own display says what is connected. It may have as many outputs as any device.
  private var followsFrontEnd: Bool { outputs.isEmpty && connectors == nil }

  /// Minimum number of connectors with a control socket, so that outputs can be added.
  private static let controlledConnectors = 4
}

extension DisplayMode: ExpressibleByArgument {
  public init?(argument: String) {
    self.init(argument)
  }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}

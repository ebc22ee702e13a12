import ArgumentParser
import Display
import Glibc
import LinuxIO
import Serving
import VirtioGPU

/// The command `scanout view`: windows of a running device, in a process of their own.
struct View: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show a running device in windows, attached and detached at will.",
    discussion: """
      Needs scanout serve --control ctl.sock. Each scanout is shown in a window, from \
      its current frame on. Closing the windows, or ending this command in any way, \
      changes nothing for the guest, for the device or for what it records; up to 8 \
      can be attached at a time, and attached again. When the user resizes a window, \
      its output gets that size as its preferred mode.

        scanout view ctl.sock
        scanout view --display-socket display.sock --output 1920x1080

      A display socket is what a vhost-user-gpu back end sends its frames to: the \
      second line shows any program that listens there and speaks that protocol.

      Exit codes: 0 the windows were closed or the device has ended, 74 nothing \
      listens there, there is no display, or it is gone.
      """)

  @Argument(help: ArgumentHelp("Control socket of scanout serve --control.", valueName: "socket"))
  var socket: String?

  @Option(
    help: ArgumentHelp("Display socket instead, at which a back end listens.", valueName: "path"))
  var displaySocket: String?

  @Option(
    name: .customLong("output"),
    help: ArgumentHelp(
      "Output that the back end of a display socket is told of, 32x32 to 8192x8192 pixels at 1 to 1000 hertz; repeatable. "
        + "(default: 1280x800@60)", valueName: "WxH[@Hz]"))
  var outputs: [DisplayMode] = []

  @Flag(help: "Windows stay open when the device has ended, until they are closed.")
  var keepOpen = false

  /// Descriptor of a display socket of the program that started this one.
  @Option(help: .private)
  var fd: Int32?

  func validate() throws {
    guard [socket != nil, displaySocket != nil, fd != nil].count(where: { $0 }) == 1 else {
      throw ValidationError(
        "Windows need one source: give the control socket of scanout serve --control, or --display-socket PATH.")
    }
    guard outputs.isEmpty || displaySocket != nil else {
      throw ValidationError(
        "--output is for --display-socket: outputs of a running device are changed with scanout output.")
    }
    guard outputs.count <= Device.maximumScanouts else {
      throw ValidationError("\(outputs.count) outputs were given; a device has at most \(Device.maximumScanouts).")
    }
  }

  func run() throws {
    Console.startQueue(catchingLibraries: 100)
    try ExitStatus.reporting {
      do {
        _ = try ViewRun(source, outputs: layout.outputs, staysOpen: keepOpen).complete()
      } catch let ending as ViewRun.ViewEnding {
        throw ExitCode(ending.code)
      }
    }
  }

  private var source: ViewRun.Source {
    if let fd { return .descriptor(fd) }
    return displaySocket.map { .displaySocket($0) } ?? .control(socket ?? "")
  }

  private var layout: OutputLayout {
    let modes = outputs.isEmpty ? [DisplayMode(nearest: Size(width: 1280, height: 800))] : outputs
    return OutputLayout(modes, connectors: modes.count)
  }
}

import ArgumentParser
import Control
import VirtioGPU

/// Say what is plugged in.
struct ListOutputs: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Say what is plugged in, and what the guest shows there.",
    discussion: "  scanout output list ctl.sock --json")

  @OptionGroup var control: ControlOptions

  func run() throws { try control.carryOut(.list) }
}

/// Plug a monitor in.
struct AddOutput: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Plug a monitor into the first output that is free.",
    discussion: "  scanout output add ctl.sock 1280x720@60 --at 1280,0")

  @OptionGroup var control: ControlOptions

  @Argument(help: ArgumentHelp("Its mode, 32x32 to 8192x8192 pixels.", valueName: "WxH[@Hz]"))
  var mode: DisplayMode

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Where it stands, in pixels of the desktop that all monitors share. (default: to the right of all others)",
      valueName: "X,Y"))
  var at: PlaceArgument?

  func run() throws { try control.carryOut(.change(.add(mode, at: at?.point))) }
}

/// Unplug a monitor.
struct RemoveOutput: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Unplug a monitor.",
    discussion: """
      What the guest shows there stays until it switches the output off, as guests do \
      that have been notified.

        scanout output remove ctl.sock 1
      """)

  @OptionGroup var control: ControlOptions

  @Argument(help: ArgumentHelp("Which one.", valueName: "output"))
  var output: Int

  func run() throws { try control.carryOut(.change(.remove(output))) }
}

/// Give a monitor another mode.
struct ResizeOutput: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resize", abstract: "Give a monitor another mode.",
    discussion: """
      The guest is told which mode the monitor prefers now; whether it changes to it \
      is for the guest to say. Monitors to the right keep their distance.

        scanout output resize ctl.sock 0 1920x1080@75
      """)

  @OptionGroup var control: ControlOptions

  @Argument(help: ArgumentHelp("Which one.", valueName: "output"))
  var output: Int

  @Argument(help: ArgumentHelp("Its new mode; the refresh rate stays unless it is given.", valueName: "WxH[@Hz]"))
  var mode: DisplayMode

  func run() throws { try control.carryOut(.change(.resize(output, mode))) }
}

/// Put a monitor in another place.
struct MoveOutput: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "move", abstract: "Put a monitor in another place.",
    discussion: "  scanout output move ctl.sock 1 --at -1280,0")

  @OptionGroup var control: ControlOptions

  @Argument(help: ArgumentHelp("Which one.", valueName: "output"))
  var output: Int

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Where it stands from now on, in pixels of the desktop that all monitors share.", valueName: "X,Y"))
  var at: PlaceArgument

  func run() throws { try control.carryOut(.change(.move(output, to: at.point))) }
}

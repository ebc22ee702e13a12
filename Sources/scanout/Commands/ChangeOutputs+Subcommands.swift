import ArgumentParser
import ControlSocket
import VirtioGPU

/// The command `scanout output list`.
struct ListOutputs: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List all outputs, and what the guest shows on each.",
    discussion: "  scanout output list ctl.sock --json")

  @OptionGroup var control: ControlOptions

  func run() throws { try control.carryOut(.list) }
}

/// The command `scanout output add`.
struct AddOutput: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Connect the first output that is not connected.",
    discussion: "  scanout output add ctl.sock 1280x720@60 --at 1280,0")

  @OptionGroup var control: ControlOptions

  @Argument(
    help: ArgumentHelp(
      "Preferred mode, 32x32 to 8192x8192 pixels at 1 to 1000 hertz. (default rate: 60)", valueName: "WxH[@Hz]"))
  var mode: DisplayMode

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Position, in pixels of the desktop that all outputs share. (default: to the right of all other outputs)",
      valueName: "X,Y"))
  var at: PositionArgument?

  func run() throws { try control.carryOut(.change(.add(mode, at: at?.point))) }
}

/// The command `scanout output remove`.
struct RemoveOutput: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Disconnect an output.",
    discussion: """
      The guest is notified. What it shows on the output stays until it switches the \
      output off.

        scanout output remove ctl.sock 1
      """)

  @OptionGroup var control: ControlOptions

  @Argument(help: ArgumentHelp("Output, counted from 0.", valueName: "output"))
  var output: Int

  func run() throws { try control.carryOut(.change(.remove(output))) }
}

/// The command `scanout output resize`.
struct ResizeOutput: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resize", abstract: "Give an output another preferred mode.",
    discussion: """
      The guest is notified of the new preferred mode, and decides whether to use it. \
      Outputs to the right keep their distance.

        scanout output resize ctl.sock 0 1920x1080@75
      """)

  @OptionGroup var control: ControlOptions

  @Argument(help: ArgumentHelp("Output, counted from 0.", valueName: "output"))
  var output: Int

  @Argument(help: ArgumentHelp("New preferred mode. (default rate: the current one)", valueName: "WxH[@Hz]"))
  var mode: DisplayMode

  func run() throws { try control.carryOut(.change(.resize(output, mode))) }
}

/// The command `scanout output move`.
struct MoveOutput: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "move", abstract: "Give an output another position.",
    discussion: "  scanout output move ctl.sock 1 --at -1280,0")

  @OptionGroup var control: ControlOptions

  @Argument(help: ArgumentHelp("Output, counted from 0.", valueName: "output"))
  var output: Int

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("New position, in pixels of the desktop that all outputs share.", valueName: "X,Y"))
  var at: PositionArgument

  func run() throws { try control.carryOut(.change(.move(output, to: at.point))) }
}

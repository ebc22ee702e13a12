import ArgumentParser
import ControlSocket
import Text

/// The command `scanout ctl`: does what a user does with a keyboard, a pointing device or a touch screen.
struct Ctl: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ctl",
    abstract: "Send input to a running guest.",
    usage: "scanout ctl <socket> <subcommand>",
    discussion: """
      Needs scanout serve --control ctl.sock --input-sockets input/, or a socket of \
      one device, such as --keyboard-socket, and a virtual machine that connects to it.

        scanout ctl ctl.sock key ctrl-alt-f2
        scanout ctl ctl.sock type 'uname -a'
        scanout ctl ctl.sock key enter
        scanout ctl ctl.sock click 100,50 --button right
        scanout ctl ctl.sock move 640,400
        scanout ctl ctl.sock scroll -3
        scanout ctl ctl.sock touch 100,50

      Each ends when the guest has taken all of it, in order. When the guest takes \
      nothing for 5 seconds, or no driver of it listens, the exit code is 74. \
      Positions are pixels of what a scanout shows, from 0,0 at the top left.
      """,
    subcommands: [
      PressKeys.self, TypeText.self, Click.self, MovePointer.self, Scroll.self, Touch.self,
    ])

  /// The words of a command line, with the subcommand where the parser looks for it: before the socket.
  static func reordered(_ words: [String]) -> [String] {
    guard words.count >= 3, words[0] == configuration.commandName, !words[1].hasPrefix("-") else { return words }
    let names = configuration.subcommands.compactMap { $0.configuration.commandName }
    guard !names.contains(words[1]), names.contains(words[2]) else { return words }
    return [words[0], words[2], words[1]] + words[3...]
  }
}

/// Options of all subcommands of `scanout ctl`.
struct CtlOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("Socket of scanout serve --control.", valueName: "socket"))
  var socket: String

  @Flag(help: "JSON response, to standard output.")
  var json = false

  /// Sends requests one after the other, each when the guest has taken the one before.
  func send(_ inputs: [ControlInput]) throws {
    try ExitStatus.reporting(json: json) {
      let client = try ControlClient(path: socket)
      var actions = 0
      for input in inputs {
        let response = try client.send(.input(input))
        if let error = response.error { throw RefusedInput(description: error) }
        actions += response.actions ?? 0
      }
      let response = ControlResponse(actions: actions)
      if json { Console.print(JSONText.encode(JSONResponse("ctl", summary: response.summary, response))) }
    }
  }

  private struct RefusedInput: Error, CustomStringConvertible {
    let description: String
  }
}

/// Where the pointer or a finger goes.
struct PlaceOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("Pixel of the scanout.", valueName: "X,Y"))
  var position: PositionArgument

  @Option(help: ArgumentHelp("Scanout, counted from 0.", valueName: "number"))
  var scanout = 0
}

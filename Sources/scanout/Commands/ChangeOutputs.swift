import ArgumentParser
import Control
import Display
import Text

/// Change the monitors of a device while its guest runs.
struct ChangeOutputs: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "output",
    abstract: "Change the monitors of a device while its guest runs.",
    discussion: """
      Talks to scanout serve --control ctl.sock. Each output is a connector, counted \
      from 0, with a monitor or without one; how many there are, serve --connectors \
      says. The guest is notified as if somebody had plugged in a cable.

        scanout output list ctl.sock
        scanout output add ctl.sock 1280x720@60
        scanout output resize ctl.sock 0 1920x1080
        scanout output move ctl.sock 1 --at -1280,0
        scanout output remove ctl.sock 1

      Under QEMU, -device vhost-user-gpu-pci needs max_outputs=4 for four connectors, \
      and takes no such news from a device: its guest sees a change when it starts \
      again. User-mode Linux sees it at once.
      """,
    subcommands: [ListOutputs.self, AddOutput.self, RemoveOutput.self, ResizeOutput.self, MoveOutput.self])
}

/// What all of its subcommands have.
struct ControlOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("The socket that serve --control names.", valueName: "socket"))
  var socket: String

  @Flag(help: "Answer as JSON: all outputs as they are now.")
  var json = false

  /// Has a request carried out, and says what came of it.
  func carryOut(_ request: ControlRequest) throws {
    try ExitStatus.reporting(json: json) {
      let answer = try ControlClient(path: socket).send(request)
      if let error = answer.error { throw Refused(description: error) }
      let outputs = answer.outputs ?? []
      if json {
        Console.answer(JSONText.encode(JSONResponse("output", summary: answer.summary, answer)))
      } else {
        for state in outputs where answer.output == nil || answer.output == state.output {
          Console.answer("output \(state.output): \(state.summary)\(Self.picture(state))")
        }
      }
      switch answer.guest {
      case .absent: Console.say("there is no guest; the next one sees this when it starts")
      case .unreachable: Console.say("the guest could not be notified; it sees this when it starts again")
      case .notified, nil: break
      }
    }
  }

  private static func picture(_ state: OutputState) -> String {
    switch state.shows {
    case let size? where size == state.mode: ""
    case let size?: "; the guest shows \(size)"
    case nil: state.connected ? "; the guest shows nothing" : ""
    }
  }

  private struct Refused: Error, CustomStringConvertible {
    let description: String
  }
}

/// A place as it is written on the command line: `1280,0`, `-640,0`.
struct PlaceArgument: ExpressibleByArgument {
  let point: Point

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int32($0) }
    guard parts.count == 2, let x = parts[0], let y = parts[1] else { return nil }
    point = Point(x: x, y: y)
  }
}

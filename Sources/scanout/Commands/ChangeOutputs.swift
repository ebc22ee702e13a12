import ArgumentParser
import ControlSocket
import Display
import Text

/// The command `scanout output`: changes the outputs of a device while its guest runs.
struct ChangeOutputs: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "output",
    abstract: "Change the outputs of a device while its guest runs.",
    discussion: """
      Needs scanout serve --control ctl.sock. Each output is a connector of the guest, \
      counted from 0, which is connected or not. serve --connectors sets how many there \
      are. The guest is notified as if a cable had been plugged in.

        scanout output list ctl.sock
        scanout output add ctl.sock 1280x720@60
        scanout output resize ctl.sock 0 1920x1080
        scanout output move ctl.sock 1 --at -1280,0
        scanout output remove ctl.sock 1

      Under QEMU, -device vhost-user-gpu-pci needs max_outputs=4 for four connectors, \
      and does not pass the notification on: its guest sees a change when it starts \
      again. User-mode Linux sees it at once.
      """,
    subcommands: [ListOutputs.self, AddOutput.self, RemoveOutput.self, ResizeOutput.self, MoveOutput.self])
}

/// Options of all subcommands of `scanout output`.
struct ControlOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("Socket of scanout serve --control.", valueName: "socket"))
  var socket: String

  @Flag(help: "JSON response with all outputs, to standard output.")
  var json = false

  /// Sends a request and prints the response.
  func carryOut(_ request: ControlRequest) throws {
    try ExitStatus.reporting(json: json) {
      let response = try ControlClient(path: socket).send(request)
      if let error = response.error { throw RefusedChange(description: error) }
      let outputs = response.outputs ?? []
      if json {
        Console.print(JSONText.encode(JSONResponse("output", summary: response.summary, response)))
      } else {
        for state in outputs where response.output == nil || response.output == state.output {
          Console.print("output \(state.output): \(state.summary)\(Self.shownSize(state))")
        }
      }
      switch response.guest {
      case .absent: Console.note("there is no guest; the next one sees the change when it starts")
      case .unreachable: Console.note("the guest could not be notified; it sees the change when it starts again")
      case .notified, nil: break
      }
    }
  }

  private static func shownSize(_ state: OutputState) -> String {
    switch state.shows {
    case let size? where size == state.mode: ""
    case let size?: "; the guest shows \(size)"
    case nil: state.connected ? "; the guest shows nothing" : ""
    }
  }

  private struct RefusedChange: Error, CustomStringConvertible {
    let description: String
  }
}

/// Position on the command line: `1280,0`, `-640,0`.
struct PositionArgument: ExpressibleByArgument {
  let point: Point

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int32($0) }
    guard parts.count == 2, let x = parts[0], let y = parts[1] else { return nil }
    point = Point(x: x, y: y)
  }
}

import ArgumentParser
import LinuxIO
import Serving
import VirtioInput

/// Options for the input devices that are served beside a GPU.
struct InputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Folder with a socket for each input device: keyboard.sock, tablet.sock, mouse.sock and touch.sock. It is made if "
        + "there is none; with --guest, each guest has a folder of its name in it.", valueName: "dir"))
  var inputSockets: String?

  @Option(help: ArgumentHelp("Socket of a keyboard, made at this path.", valueName: "path"))
  var keyboardSocket: String?

  @Option(
    help: ArgumentHelp(
      "Socket of a tablet, made at this path: an absolute pointer with buttons and wheels.", valueName: "path"))
  var tabletSocket: String?

  @Option(
    help: ArgumentHelp(
      "Socket of a mouse, made at this path: a relative pointer with buttons and wheels.", valueName: "path"))
  var mouseSocket: String?

  @Option(help: ArgumentHelp("Socket of a touch screen for ten fingers, made at this path.", valueName: "path"))
  var touchSocket: String?

  /// The sockets that have an option of their own.
  var sockets: [(option: String, kind: InputDeviceKind, path: String)] {
    let all: [(String, InputDeviceKind, String?)] = [
      ("--keyboard-socket", .keyboard, keyboardSocket), ("--tablet-socket", .tablet, tabletSocket),
      ("--mouse-socket", .mouse, mouseSocket), ("--touch-socket", .touch, touchSocket),
    ]
    return all.compactMap { option, kind, path in path.map { (option, kind, $0) } }
  }

  /// The sockets of all devices. An option of its own wins over the folder.
  var endpoints: InputEndpoints {
    var endpoints = inputSockets.map { InputEndpoints(folder: $0) } ?? InputEndpoints()
    for socket in sockets { endpoints.paths[socket.kind] = socket.path }
    return endpoints
  }

  /// Notes the roles of the paths. With several guests the folder holds folders.
  func note(in roles: inout PathRoles, forSeveral: Bool) {
    guard !forSeveral else { return roles.note("--input-sockets", inputSockets, .outputFolder) }
    let own = sockets
    for socket in own { roles.note(socket.option, socket.path, .socket) }
    guard let folder = inputSockets else { return }
    for (kind, path) in InputEndpoints(folder: folder).paths where !own.contains(where: { $0.kind == kind }) {
      roles.note("--input-sockets", path, .socket)
    }
  }
}

import ArgumentParser
import ControlSocket
import Display

/// The command `scanout ctl SOCKET key`.
struct PressKeys: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "Press and release keys.", usage: "scanout ctl <socket> key <keys> ... [--json]",
    discussion: """
      Keys have the names of Linux's KEY_ constants, in lower case: a, 1, f2, enter, \
      esc, left, pageup, leftctrl, kp0, volumeup. Short names are ctrl, alt, shift, \
      meta and altgr. Hyphens join keys that are pressed together.

        scanout ctl ctl.sock key ctrl-alt-f2
        scanout ctl ctl.sock key down down enter
      """)

  @OptionGroup var options: CtlOptions

  @Argument(help: ArgumentHelp("Key, or keys with hyphens between them; one after the other.", valueName: "keys"))
  var chords: [ChordArgument]

  func run() throws { try options.send(chords.map { .key($0.chord) }) }
}

/// The command `scanout ctl SOCKET type`.
struct TypeText: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "type", abstract: "Type a text.", usage: "scanout ctl <socket> type <text> [--json]",
    discussion: """
      The guest must use the keyboard layout of the United States (us), as consoles \
      and desktops do unless they are told otherwise. A line feed is the enter key.

        scanout ctl ctl.sock type 'uname -a'
        scanout ctl ctl.sock type "root$(printf '\\nx')"
      """)

  @OptionGroup var options: CtlOptions

  @Argument(help: ArgumentHelp("Text.", valueName: "text"))
  var text: String

  func run() throws {
    try ExitStatus.reporting(json: options.json) {
      // Before the first part is typed.
      _ = try KeyboardLayout.us.strokes(for: text)
    }
    var (parts, rest): ([ControlInput], Substring) = ([], text[...])
    while !rest.isEmpty {
      parts.append(.type(String(rest.prefix(ControlInput.longestText))))
      rest = rest.dropFirst(ControlInput.longestText)
    }
    try options.send(parts)
  }
}

/// The command `scanout ctl SOCKET click`.
struct Click: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "click", abstract: "Move the pointer somewhere, and press and release a button.",
    usage: "scanout ctl <socket> click <X,Y> [--button <button>] [--scanout <number>] [--json]",
    discussion: """
      Needs a tablet, which is an absolute pointer.

        scanout ctl ctl.sock click 100,50
        scanout ctl ctl.sock click 100,50 --button right --scanout 1
      """)

  @OptionGroup var options: CtlOptions
  @OptionGroup var place: PlaceOptions

  @Option(help: "Button.")
  var button = PointerButton.left

  func run() throws { try options.send([.click(place.position.point, output: place.scanout, button)]) }
}

/// The command `scanout ctl SOCKET move`.
struct MovePointer: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "move", abstract: "Move the pointer somewhere.",
    usage: "scanout ctl <socket> move <X,Y> [--scanout <number>] [--json]",
    discussion: """
      Needs a tablet, which is an absolute pointer.

        scanout ctl ctl.sock move 640,400
      """)

  @OptionGroup var options: CtlOptions
  @OptionGroup var place: PlaceOptions

  func run() throws { try options.send([.point(place.position.point, output: place.scanout)]) }
}

/// The command `scanout ctl SOCKET scroll`.
struct Scroll: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scroll", abstract: "Turn the wheel.",
    usage: "scanout ctl <socket> scroll <notches> [--horizontal <notches>] [--json]",
    discussion: """
      Positive is away from the user, where the content moves down; and with \
      --horizontal to the right. Parts of a notch are possible.

        scanout ctl ctl.sock scroll -3
        scanout ctl ctl.sock scroll 0 --horizontal 1.5
      """)

  @OptionGroup var options: CtlOptions

  @Argument(
    parsing: .allUnrecognized, help: ArgumentHelp("Notches, -1000 to 1000.", valueName: "notches"))
  var notches: [String]

  @Option(parsing: .unconditional, help: ArgumentHelp("Notches of the horizontal wheel.", valueName: "notches"))
  var horizontal = 0.0

  private var vertical: Double? { notches.count == 1 ? Double(notches[0]) : nil }

  func validate() throws {
    for way in [vertical, horizontal] {
      guard let way, abs(way) <= ControlInput.maximumNotches else {
        throw ValidationError("The wheel turns by a number of notches from -1000 to 1000, such as 3, -1 or 0.5.")
      }
    }
  }

  func run() throws {
    func way(_ notches: Double) -> Int32 { Int32((notches * Double(InputEvent.notch)).rounded()) }
    try options.send([.scroll(vertical: way(vertical ?? 0), horizontal: way(horizontal))])
  }
}

/// The command `scanout ctl SOCKET touch`.
struct Touch: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "touch", abstract: "Touch the screen with one finger, for a moment.",
    usage: "scanout ctl <socket> touch <X,Y> [--scanout <number>] [--json]",
    discussion: "  scanout ctl ctl.sock touch 100,50")

  @OptionGroup var options: CtlOptions
  @OptionGroup var place: PlaceOptions

  func run() throws { try options.send([.touch(place.position.point, output: place.scanout)]) }
}

/// Chord on the command line: `ctrl-alt-f2`.
struct ChordArgument: ExpressibleByArgument {
  let chord: KeyChord

  init?(argument: String) {
    guard let chord = try? KeyChord(argument) else { return nil }
    self.chord = chord
  }
}

extension PointerButton: ExpressibleByArgument {}

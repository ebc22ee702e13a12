import ArgumentParser
import Frames

/// Options that select frames by what happened, of every command that compares or exports frames.
struct SelectionOptions: ParsableArguments {
  /// Paragraph about selectors in the help of commands.
  static let selectors = """
    Selectors: first, last, frame:N, tick:N, hash:H, label:NAME (the frame shown when \
    the label was set), time:2.5s (the one shown then, by the guest's device), \
    settled:500ms or settled:N (the one after which, for the first time, no pixel \
    changed for so long, or for N ticks of the scanout's clock), settled:500ms@NAME (the \
    same, after a label was set). 1: before it selects on output 1: 1:last.
    """

  @Option(
    name: .customLong("frame"),
    help: ArgumentHelp(
      "Frame that a selector selects, and its name, which is that of its golden; repeatable. Other frames are not judged.",
      valueName: "name=selector"),
    transform: Self.read)
  var frames: [FrameSelection] = []

  func validate() throws {
    for (index, frame) in frames.enumerated() where frames[..<index].contains(where: { $0.name == frame.name }) {
      throw ValidationError("Two frames have the name \(frame.name): give each --frame a name of its own.")
    }
  }

  private static func read(_ text: String) throws -> FrameSelection {
    guard let selection = FrameSelection(text) else {
      throw ValidationError(
        "Invalid --frame \(text): must be NAME=SELECTOR, where NAME is the path of a file without .png, and SELECTOR is "
          + "first, last, settled:N, settled:500ms, settled:500ms@LABEL, label:NAME, frame:N, tick:N, hash:H or time:2.5s, with 1: before it for "
          + "output 1.")
    }
    return selection
  }
}

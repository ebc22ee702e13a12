import ArgumentParser
import FrameDump

/// Where frames go: what every command that shows frames understands.
struct SinkOptions: ParsableArguments {
  @Flag(help: "Show each scanout in a window.")
  var window = false

  @Option(help: ArgumentHelp("Write frames as PNG files into this folder.", valueName: "folder"))
  var dump: String?

  @Flag(help: "Replace the dump that is in the folder already; nothing but a dump is ever removed.")
  var overwrite = false

  @Option(
    help:
      "A frame after each flush that changed the picture, or at each tick. (default: flush; a replay's: as recorded)")
  var frames: FrameMode?

  @Option(
    help: "Whether frames show the pointer; both: a second file with it. (default: without; a replay's: as recorded)")
  var cursor: CursorMode?

  @Option(
    help: ArgumentHelp(
      "Judge the dump's frames against the PNG files in this folder at the end. Needs --dump.", valueName: "folder"))
  var golden: String?

  func validate() throws {
    guard golden == nil || dump != nil else {
      throw ValidationError("--golden judges a dump: add --dump with the folder to write it to.")
    }
    guard dump != nil || (!overwrite && frames == nil && cursor == nil) else {
      throw ValidationError("--overwrite, --frames and --cursor say how a dump is written: add --dump.")
    }
  }

  /// Notes the paths of these options.
  func note(in roles: inout PathRoles) {
    roles.note("--golden", golden, .input)
    roles.note("--dump", dump, .outputFolder)
    if golden != nil { roles.noteDefaultResults(remedy: "start scanout in another folder") }
  }

  /// The dump that was asked for; nil: none. A replay passes on what its source was recorded with. `keeping`: what the
  /// command reads.
  func makeDump(
    _ provenance: Provenance, cursor: CursorMode = .without, frames: FrameMode = .flush, keeping: [String]
  ) throws -> FrameDumpSink? {
    guard let dump else { return nil }
    return try FrameDumpSink(
      path: dump,
      options: FrameDumpOptions(
        cursor: self.cursor ?? cursor, frames: self.frames ?? frames, provenance: provenance, overwrites: overwrite),
      keeping: keeping)
  }
}

extension FrameMode: ExpressibleByArgument {}
extension CursorMode: ExpressibleByArgument {}

import ArgumentParser
import FrameDump
import Frames
import Serving

/// Options for windows and dumps, of every command that shows frames.
struct SinkOptions: ParsableArguments {
  @Flag(help: "Windows: each scanout is shown in one.")
  var window = false

  @Option(
    help: ArgumentHelp(
      "Folder to record into: the frames as PNG files in its folder frames, and an event log.", valueName: "folder"))
  var dump: String?

  @Flag(help: "An earlier dump in the folder is replaced; nothing but a dump is ever removed.")
  var overwrite = false

  @Option(
    help: ArgumentHelp(
      """
      Frames of the dump: flush (one after each flush that changed the image) or vsync (one at each tick of the \
      scanout after anything changed, the cursor included). (default: flush; of a replay: as recorded)
      """))
  var frames: FrameMode?

  @Option(
    help: """
      Cursor in the frames: without, with, or both (a second file has the cursor). (default: without; of a replay: as \
      recorded)
      """)
  var cursor: CursorMode?

  @Option(
    help: ArgumentHelp(
      """
      Limit of the dump: bytes on the disk such as 500M, frames such as 10000frames, both separated by a comma, or \
      none. (default: 4G)
      """, valueName: "limit"))
  var maxDump: DumpLimit?

  @Option(
    help: """
      Action when the limit is reached or the disk is full: stop (the recording ends early, and the guest goes on) or \
      end (the program ends with exit code 74). (default: stop; of a replay: end)
      """)
  var whenFull: WhenFull?

  @Option(
    help: ArgumentHelp(
      "Folder of goldens, which the dump's frames are compared with at the end. Needs --dump.", valueName: "folder"))
  var golden: String?

  @OptionGroup
  var selection: SelectionOptions

  func validate() throws {
    guard golden != nil || selection.frames.isEmpty else {
      throw ValidationError("--frame selects frames to compare with goldens, and there are none: add --golden FOLDER.")
    }
    guard golden == nil || dump != nil else {
      throw ValidationError("--golden compares the frames of a dump, and there is none: add --dump FOLDER.")
    }
    guard dump != nil || (!overwrite && frames == nil && cursor == nil && maxDump == nil && whenFull == nil) else {
      throw ValidationError(
        "--overwrite, --frames, --cursor, --max-dump and --when-full need a dump: add --dump FOLDER.")
    }
  }

  /// Comparison of the dump with goldens; nil: none was asked for.
  var judging: VerifyConfiguration? {
    guard let dump, let golden else { return nil }
    var configuration = VerifyConfiguration(source: dump, goldens: golden)
    configuration.selections = selection.frames
    return configuration
  }

  /// Notes the paths of these options.
  func note(in roles: inout PathRoles) {
    roles.note("--golden", golden, .input)
    roles.note("--dump", dump, .outputFolder)
    if golden != nil { roles.noteDefaultResults(VerifyRun.defaultResults, remedy: "start scanout in another folder") }
  }

  /// Configuration of the sinks. `inputs`: paths that the command only reads.
  func configuration(keeping inputs: [String]) -> SinkConfiguration {
    SinkConfiguration(
      showsWindows: window,
      dump: dump.map {
        SinkConfiguration.DumpConfiguration(
          folder: $0, overwrites: overwrite, frames: frames, cursor: cursor, limit: maxDump ?? .standard,
          whenFull: whenFull)
      },
      inputs: inputs)
  }
}

extension FrameMode: ExpressibleByArgument {}
extension CursorMode: ExpressibleByArgument {}
extension WhenFull: ExpressibleByArgument {}

extension DumpLimit: ExpressibleByArgument {
  /// Reads `4G`, `10000frames`, `4G,10000frames` or `none`.
  public init?(argument: String) {
    self.init()
    if argument == "none" { return }
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      if part.hasSuffix("frames") {
        guard frames == nil, let count = Int(part.dropLast("frames".count)), count > 0 else { return nil }
        frames = count
      } else {
        guard bytes == nil, let size = SizeArgument(argument: String(part)) else { return nil }
        bytes = size.bytes
      }
    }
  }
}

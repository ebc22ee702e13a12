import ArgumentParser
import FrameDump
import Frames
import Serving

/// Where frames go: what every command that shows frames understands.
struct SinkOptions: ParsableArguments {
  @Flag(help: "Show each scanout in a window.")
  var window = false

  @Option(help: ArgumentHelp("Write frames as PNG files into this folder.", valueName: "folder"))
  var dump: String?

  @Flag(help: "Replace the dump that is in the folder already; nothing but a dump is ever removed.")
  var overwrite = false

  @Option(
    help: ArgumentHelp(
      """
      When a frame is made: after each flush that changed the picture, where a cursor that moves alone makes none, or at \
      each tick of the scanout after anything changed, the cursor included. (default: flush; a replay's: as recorded)
      """))
  var frames: FrameMode?

  @Option(
    help: "Whether frames show the pointer; both: a second file with it. (default: without; a replay's: as recorded)")
  var cursor: CursorMode?

  @Option(
    help: ArgumentHelp(
      """
      How much the dump may hold: bytes on the disk such as 500M, frames such as 10000frames, both with a comma \
      between, or none. (default: 4G)
      """, valueName: "limit"))
  var maxDump: DumpLimit?

  @Option(
    help: """
      When the dump holds that much or the disk is full: the recording ends and says so, and the guest goes on (stop), \
      or everything ends with exit code 74 (end). (default: stop; a replay's: end)
      """)
  var whenFull: WhenFull?

  @Option(
    help: ArgumentHelp(
      "Judge the dump's frames against the PNG files in this folder at the end. Needs --dump.", valueName: "folder"))
  var golden: String?

  func validate() throws {
    guard golden == nil || dump != nil else {
      throw ValidationError("--golden judges a dump: add --dump with the folder to write it to.")
    }
    guard dump != nil || (!overwrite && frames == nil && cursor == nil && maxDump == nil && whenFull == nil) else {
      throw ValidationError(
        "--overwrite, --frames, --cursor, --max-dump and --when-full say how a dump is written: add --dump.")
    }
  }

  /// Notes the paths of these options.
  func note(in roles: inout PathRoles) {
    roles.note("--golden", golden, .input)
    roles.note("--dump", dump, .outputFolder)
    if golden != nil { roles.noteDefaultResults(Judging.defaultResults, remedy: "start scanout in another folder") }
  }

  /// The sinks that were asked for. `inputs`: what the command only reads.
  func configuration(keeping inputs: [String]) -> SinkConfiguration {
    SinkConfiguration(
      showsWindows: window,
      dump: dump.map {
        SinkConfiguration.Dump(
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

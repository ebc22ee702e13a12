import ArgumentParser
import Glibc
import LinuxIO
import VirglRendering

/// The `scanout` program, which has a subcommand for each job.
@main
struct ScanoutCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scanout",
    abstract: "Show, record and test the frames of a virtual GPU.",
    discussion: """
      Show:     scanout demo
                scanout serve --socket-path gpu.sock --window
      Replay:   scanout replay frames/ --window
      Test:     scanout verify frames/ --golden Goldens/

      \(ExitStatus.verdicts)
      """,
    version: version,
    subcommands: [
      Demo.self, Serve.self, View.self, Tap.self, Ctl.self, ChangeOutputs.self, Replay.self, Verify.self, Export.self,
      Inspect.self, Compare.self, Bench.self, ConformanceCommand.self,
    ])

  static let version = "0.1.0"

  /// Runs the command, and ends the program with its exit code.
  ///
  /// A reader of standard output that leaves early, such as `head`, does not change the exit code. Any other failure to
  /// write the result, such as a full disk, is 74, whatever the command's own exit code is.
  static func main() {
    StandardDescriptors.openMissing()
    BrokenPipe.ignoreSignal()
    FileSizeLimit.ignoreSignal()
    let arguments = CommandArguments.all
    var code = ExitCode.success
    do {
      var command = try parseAsRoot(Ctl.reordered(arguments))
      try command.run()
    } catch {
      CommandArguments.reportUsage(error, for: arguments)
      code = exitCode(for: error)
      let message = fullMessage(for: error)
      if !message.isEmpty {
        // Escaped: the name of a file could have control sequences of a terminal.
        if code == .success { Console.print(message) } else { Console.noteVerbatim(message) }
      }
    }
    if let failure = Console.outputFailure {
      Console.note("error: \(failure)")
      code = ExitStatus.inputOutput
    }
    if RendererThread.hasAbandonedThread {
      // Handlers of `exit` would free memory that the renderer's thread uses, or wait for it.
      Console.finish()
      _exit(code.rawValue)
    }
    Glibc.exit(code.rawValue)
  }
}

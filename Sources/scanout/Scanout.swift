import ArgumentParser
import Glibc
import LinuxIO
import VirglRendering

/// The `scanout` program: one subcommand a job.
@main
struct Scanout: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scanout",
    abstract: "See, and test, what a virtual GPU puts on its screens.",
    discussion: """
      See it:       scanout demo
                    scanout serve --socket-path gpu.sock --window
      Play again:   scanout replay frames/ --window
      Test it:      scanout verify frames/ --golden Goldens/

      \(ExitStatus.verdicts)
      """,
    version: version,
    subcommands: [
      Demo.self, Serve.self, ChangeOutputs.self, Replay.self, Verify.self, Inspect.self, Compare.self, Bench.self,
    ])

  static let version = "0.1.0"

  /// Runs the command, and ends the program with its code.
  ///
  /// A reader of standard output that leaves early, such as `head`, changes nothing about the code. Anything else that
  /// keeps an answer from being written, such as a full disk, is 74, whatever the command came to.
  static func main() {
    StandardDescriptors.openMissing()
    BrokenPipe.ignoreSignal()
    FileSizeLimit.ignoreSignal()
    let arguments = CommandArguments.all
    var code = ExitCode.success
    do {
      var command = try parseAsRoot(arguments)
      try command.run()
    } catch {
      CommandArguments.answer(usage: error, arguments)
      code = exitCode(for: error)
      let message = fullMessage(for: error)
      if !message.isEmpty {
        // The name of a file that a script passed on is no order to a terminal.
        if code == .success { Console.answer(message) } else { Console.explain(message) }
      }
    }
    if let failure = Console.answerFailure {
      Console.say("error: \(failure)")
      code = ExitStatus.inputOutput
    }
    if RendererThread.hasAbandonedThread {
      // Handlers of `exit` would free what the renderer's thread uses, or wait for it.
      Console.finish()
      _exit(code.rawValue)
    }
    Glibc.exit(code.rawValue)
  }
}

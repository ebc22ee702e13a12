import ArgumentParser

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

      Exit codes: 0 pass, 1 mismatch, 2 missing golden, 5 not reached, 64 usage, \
      70 internal, 74 input or output.
      """,
    version: version,
    subcommands: [
      Demo.self, Serve.self, ChangeOutputs.self, Replay.self, Verify.self, Inspect.self, Compare.self, Bench.self,
    ])

  static let version = "0.1.0"
}

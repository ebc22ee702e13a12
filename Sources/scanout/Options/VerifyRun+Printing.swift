import ArgumentParser
import Glibc
import Golden
import SDLDisplay
import Serving
import Text

extension VerifyRun {
  /// Removes results of an earlier run before a command begins, if its options have its dump compared with goldens.
  static func begin(_ sinks: SinkOptions) throws {
    guard let configuration = sinks.judging else { return }
    try ExitStatus.reporting { _ = try VerifyRun(configuration) }
  }

  /// Compares the dump that a command wrote with goldens, if its options ask for it, and ends with the verdict's code.
  static func complete(_ sinks: SinkOptions) throws {
    guard let configuration = sinks.judging else { return }
    try complete(configuration)
  }

  /// Compares all frames, prints the judgement, and throws the verdict's exit code unless all passed. `listsAll`: describes
  /// every frame that does not pass. `json`: prints the judgement as JSON.
  static func complete(_ configuration: VerifyConfiguration, listsAll: Bool = false, json: Bool = false) throws {
    var verdict = Verdict.pass
    try ExitStatus.reporting(json: json) {
      let run = try VerifyRun(configuration)
      let progress = ProgressBar("judging")
      run.onProblem = { Console.note("warning: \($0.printable)") }
      run.onFrame = { progress.show($0, of: $1) }
      let judgement = try run.judge()
      progress.clear()
      if json {
        Console.write(String(decoding: judgement.json(), as: UTF8.self), to: 1)
      } else {
        judgement.summary(source: configuration.source, listsAll: listsAll, hasDisplay: hasDisplay)
          .forEach(Console.print)
      }
      verdict = judgement.verdict
    }
    if verdict != .pass { throw ExitCode(verdict.exitCode) }
  }

  /// True when a user sees the windows that a suggested command opens.
  private static var hasDisplay: Bool {
    // Safe: the text is copied at once, and the environment does not change.
    let isAutomatic = unsafe getenv("CI").map { unsafe !["", "0", "false"].contains(String(cString: $0)) } ?? false
    return !isAutomatic && SDLWindows.isDisplayAvailable()
  }
}

import ArgumentParser
import Frames
import LinuxIO
import Serving
import Text

/// A command that `serve` starts, and with which it ends.
extension Serve {
  /// Throws a sentence for options that do not go together.
  func validateCommand() throws {
    try validateUntilReached()
    guard !command.isEmpty else {
      guard timeout == nil, labels.isEmpty else {
        throw ValidationError("--timeout and --label-on are about a command, and there is none: add -- COMMAND.")
      }
      return
    }
    guard fd == nil, guests.isEmpty else {
      throw ValidationError("A command has one device with a socket of its own: leave out --fd and --guest.")
    }
    guard timeout.map({ (1...Self.longestTimeout).contains($0) }) ?? true else {
      throw ValidationError("Invalid --timeout \(timeout ?? 0): must be 1 to \(Self.longestTimeout) seconds.")
    }
    let placeholder = GuestCommandConfiguration.socketPlaceholder
    guard socketPath != nil || command.contains(where: { $0.contains(placeholder) }) else {
      throw ValidationError(
        "The command does not get the path of the device's socket: put \(placeholder) where it belongs, or give "
          + "--socket-path PATH.")
    }
  }

  private func validateUntilReached() throws {
    guard untilReached else { return }
    guard !sinks.selection.frames.isEmpty, guests.isEmpty else {
      throw ValidationError("--until-reached is about the frames of --frame, for one guest: add --frame NAME=SELECTOR.")
    }
    if let last = sinks.selection.frames.first(where: { $0.selector.moment == .last }) {
      throw ValidationError(
        "--until-reached cannot reach \(last): the last frame is known at the end only. Select one that has settled, such as "
          + "\(last.name)=settled:1s.")
    }
  }

  private static let longestTimeout = 1_000_000

  /// Reads a rule of `--label-on`.
  static func readLabel(_ text: String) throws -> LabelRule {
    do throws(LabelRule.Malformed) {
      return try LabelRule(text)
    } catch {
      throw ValidationError("Invalid --label-on: \(error).")
    }
  }

  /// The command, whose output goes where this program's goes; nil: there is none.
  func commandConfiguration() throws -> GuestCommandConfiguration? {
    guard !command.isEmpty else { return nil }
    return GuestCommandConfiguration(
      command, timeout: timeout, labels: labels, output: try Console.standardOutput(),
      errors: try Console.standardError())
  }

  /// Says how the command ended, if not with 0; false when its time was up.
  func judge(_ command: GuestCommandEnding) -> Bool {
    let name = self.command.first?.printable ?? ""
    if command.isTimedOut {
      Console.note("error: \(name) did not end within \(count(timeout ?? 0, "second")), and was ended")
      return false
    }
    switch command.ending {
    case .exited(0): break
    case _ where command.wasEnded: Console.note("\(name) was ended")
    case .exited(let code): Console.note("warning: \(name) ended with exit code \(code)")
    case .killed(let signal): Console.note("warning: \(name) was killed by signal \(signal)")
    case nil: Console.note("warning: \(name) does not end, although it was killed")
    }
    return true
  }
}

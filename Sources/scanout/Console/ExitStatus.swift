import ArgumentParser
import FrameDump
import LinuxIO
import PNG
import SDLDisplay

/// How the program ends, for scripts.
enum ExitStatus {
  static let mismatch = ExitCode(1)
  static let missingGolden = ExitCode(2)
  static let notReached = ExitCode(5)
  static let usage = ExitCode(64)
  static let internalError = ExitCode(70)
  static let inputOutput = ExitCode(74)

  /// Runs a command's work; an error that stops it becomes one sentence and the code of its class.
  static func reporting(_ work: () throws -> Void) throws {
    do {
      try work()
    } catch let code as ExitCode {
      throw code
    } catch let error as ValidationError {
      throw error
    } catch {
      Console.say("error: \(error)")
      throw inputOutput
    }
  }
}

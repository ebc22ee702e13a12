import ArgumentParser
import GuestDriver

/// How the program ends, for scripts. What a judgement ends with is Golden's to say.
enum ExitStatus {
  static let mismatch = ExitCode(1)
  static let internalError = ExitCode(70)
  static let inputOutput = ExitCode(74)

  /// Runs a command's work; an error that stops it becomes one sentence and the code of its class.
  static func reporting(_ work: () throws -> Void) throws {
    do {
      try work()
    } catch let code as ExitCode {
      throw code
    } catch let error as DriverError {
      // Both the driver and the device are ours.
      Console.say("error: \(error): this is a defect of scanout")
      throw internalError
    } catch {
      Console.say("error: \(error)")
      throw inputOutput
    }
  }
}

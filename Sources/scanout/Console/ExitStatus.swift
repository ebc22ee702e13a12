import ArgumentParser
import GuestDriver
import Text

/// How the program ends, for scripts. What a judgement ends with is Golden's to say.
enum ExitStatus {
  static let mismatch = ExitCode(1)
  static let internalError = ExitCode(70)
  static let inputOutput = ExitCode(74)

  /// What the help of commands that judge frames says.
  static let verdicts = """
    Exit codes, the first that applies: 74 something cannot be read or written, \
    70 a defect of scanout, 1 a frame differs from its golden, 5 the frame of a \
    golden did not come, 2 a frame has no golden, 0 all pass. 64: the command \
    line is wrong, and nothing was done.
    """

  /// Runs a command's work; an error that stops it becomes one sentence and the code of its class. `json`: the command
  /// answers a program, which gets the sentence as well.
  static func reporting(json: Bool = false, _ work: () throws -> Void) throws {
    do {
      try work()
    } catch let code as ExitCode {
      throw code
    } catch let error as DriverError {
      // Both the driver and the device are ours.
      throw say("\(error): this is a defect of scanout", internalError, json: json)
    } catch {
      throw say("\(error)", inputOutput, json: json)
    }
  }

  private static func say(_ sentence: String, _ code: ExitCode, json: Bool) -> ExitCode {
    Console.say("error: \(sentence)")
    if json { Console.answer(JSONText.encode(JSONError.response(sentence, exitCode: code.rawValue))) }
    return code
  }
}

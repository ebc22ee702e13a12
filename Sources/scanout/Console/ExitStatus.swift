import ArgumentParser
import GuestDriver
import Text

/// Exit codes of the program. Those of verdicts are in Golden.
enum ExitStatus {
  static let mismatch = ExitCode(1)
  static let conformance = ExitCode(3)
  static let notReached = ExitCode(5)
  static let internalError = ExitCode(70)
  static let inputOutput = ExitCode(74)

  /// Paragraph in the help of commands that compare frames with goldens.
  static let verdicts = """
    Exit codes, the first that applies: 74 something cannot be read or written, \
    70 a defect of scanout, 1 a frame differs from its golden, 5 the frame of a \
    golden was not reached, 2 a frame has no golden, 0 all pass. 64: the command \
    line is wrong, and nothing was done.
    """

  /// Exit codes in the order in which the first one applies.
  private static let order: [Int32] = [74, 70, 1, 5, 3, 4, 2]

  /// The exit code of several programs or checks together; nil when all of them are 0.
  static func first(of codes: [Int32]) -> ExitCode? {
    let failed = codes.filter { $0 != 0 }
    return (order.first { failed.contains($0) } ?? failed.first).map { ExitCode($0) }
  }

  /// Runs a command's work. An error becomes one sentence on standard error and its exit code; with `json`, the
  /// sentence is in a JSON response as well.
  static func reporting(json: Bool = false, _ work: () throws -> Void) throws {
    do {
      try work()
    } catch let code as ExitCode {
      throw code
    } catch let error as DriverError {
      // Both the driver and the device are ours.
      throw report("\(error): this is a defect of scanout", internalError, json: json)
    } catch {
      throw report("\(error)", inputOutput, json: json)
    }
  }

  private static func report(_ sentence: String, _ code: ExitCode, json: Bool) -> ExitCode {
    Console.note("error: \(sentence)")
    if json { Console.print(JSONText.encode(JSONError.response(sentence, exitCode: code.rawValue))) }
    return code
  }
}

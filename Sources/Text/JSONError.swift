/// The response of a command that failed, for `--json`.
public struct JSONError: Encodable {
  /// The exit code of the program.
  public let exitCode: Int32

  private init(exitCode: Int32) {
    self.exitCode = exitCode
  }

  /// A response of the format `scanout-error`, with the error's sentence as its summary.
  public static func response(_ sentence: String, exitCode: Int32) -> JSONResponse<JSONError> {
    JSONResponse("error", summary: sentence, JSONError(exitCode: exitCode))
  }
}

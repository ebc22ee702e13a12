/// What a command says to a program when it could not do what it was asked for.
public struct JSONError: Encodable {
  /// What the program ends with.
  public let exitCode: Int32

  private init(exitCode: Int32) {
    self.exitCode = exitCode
  }

  /// The response: format `scanout-error`, with the sentence that people get as its summary.
  public static func response(_ sentence: String, exitCode: Int32) -> JSONResponse<JSONError> {
    JSONResponse("error", summary: sentence, JSONError(exitCode: exitCode))
  }
}

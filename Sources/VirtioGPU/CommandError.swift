/// Why a command is refused: the code that the guest gets, and the sentence for the log.
struct CommandError: Error {
  let code: ResponseType
  let reason: String

  init(_ code: ResponseType, _ reason: String) {
    self.code = code
    self.reason = reason
  }

  /// The error of a renderer, as the guest gets it.
  init(_ error: RendererError) {
    code =
      switch error.kind {
      case .invalid: .invalidParameter
      case .outOfMemory: .outOfMemory
      case .failed: .unspecified
      }
    reason = error.description
  }
}

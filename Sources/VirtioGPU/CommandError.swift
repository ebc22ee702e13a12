/// Why a request is refused: the code that the guest gets, and the sentence for the log.
struct CommandError: Error {
  let code: ResponseType
  let reason: String

  init(_ code: ResponseType, _ reason: String) {
    self.code = code
    self.reason = reason
  }

  /// What a renderer's error is for the guest.
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

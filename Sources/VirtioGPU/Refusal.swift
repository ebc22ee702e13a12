/// Why a request is refused: the code that the guest gets, and the sentence for the log.
struct Refusal: Error {
  let code: ResponseType
  let reason: String

  init(_ code: ResponseType, _ reason: String) {
    self.code = code
    self.reason = reason
  }
}

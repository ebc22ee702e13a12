internal import Conformance
internal import VirtioGPU

/// Mistakes that the conformance kit judges every back end by.
extension GuestCase {
  static let sharedMistakeCases: [GuestCase] = RequestMistake.all.map { mistake in
    .mistake(mistake.title, mistake.type, mistake.request, mistake.code)
  }
}

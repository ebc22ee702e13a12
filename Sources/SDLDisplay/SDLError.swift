internal import CSDL2

/// Error of SDL: the operation that failed, and what SDL said.
public struct SDLError: Error, Equatable, CustomStringConvertible {
  /// A sentence that says what to do about it.
  public let description: String

  init(_ sentence: String) {
    description = sentence
  }

  /// The SDL call made just before on this thread failed; `operation` says what it was to do: `open a window`.
  init(cannot operation: String) {
    // Safe: SDL returns a string of its own that stays valid until the thread's next call; it is copied at once.
    let reason = unsafe String(cString: SDL_GetError())
    description = "cannot \(operation): SDL says \"\(reason)\""
  }
}

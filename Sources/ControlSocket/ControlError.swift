/// Error of the control socket: a line that is not a request or not a response, or a socket that does not respond.
public struct ControlError: Error, Equatable, CustomStringConvertible {
  /// A sentence.
  public let description: String

  package init(_ sentence: String) {
    description = sentence
  }

  static func tooLong(limit: Int) -> ControlError {
    ControlError("the line is longer than \(limit) bytes")
  }
}

/// Why a request, or an answer, is of no use.
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

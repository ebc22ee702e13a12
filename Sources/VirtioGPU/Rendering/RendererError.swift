/// What a renderer cannot do.
public struct RendererError: Error, Equatable, CustomStringConvertible {
  /// Whose fault it is, which chooses the guest's error code.
  public enum Kind: Sendable {
    /// The guest asked for what makes no sense.
    case invalid
    /// There is no memory for it.
    case outOfMemory
    /// It failed, or cannot be done here.
    case failed
  }

  /// Whose fault it is.
  public let kind: Kind
  /// A sentence.
  public let description: String

  /// An error.
  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}

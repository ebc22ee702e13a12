/// The error of a renderer that cannot do what it is asked for.
public struct RendererError: Error, Equatable, CustomStringConvertible {
  /// The kind of an error, which chooses the guest's error code.
  public enum Kind: Sendable {
    /// The guest asked for something invalid.
    case invalid
    /// The host has no memory for it.
    case outOfMemory
    /// It failed, or cannot be done here.
    case failed
  }

  /// The kind, which chooses the guest's error code.
  public let kind: Kind
  /// A sentence.
  public let description: String

  /// An error.
  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}

/// Why there is no renderer.
public struct VirglError: Error, Equatable, CustomStringConvertible {
  /// What is wrong, and what to do about it.
  public let description: String

  init(_ description: String) {
    self.description = description
  }
}

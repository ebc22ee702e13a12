/// Error when virglrenderer cannot be started.
public struct VirglError: Error, Equatable, CustomStringConvertible {
  /// A sentence that says what is wrong, and what to install or change.
  public let description: String

  init(_ description: String) {
    self.description = description
  }
}

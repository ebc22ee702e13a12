/// The response of a command, for `--json`: one object.
///
/// `format` names its kind, `version` is the version of that format, and `summary` is one sentence for people. The members of
/// `content` are in the same object. The version stays the same as long as members are only added.
public struct JSONResponse<Content: Encodable>: Encodable {
  /// The kind of the response: `scanout-verify`.
  public let format: String
  /// The version of the format.
  public let version: Int
  /// A sentence for people.
  public let summary: String
  /// The other members: a value that encodes as an object.
  public let content: Content

  /// A response of the command `name`.
  public init(_ name: String, version: Int = 1, summary: String, _ content: Content) {
    format = "scanout-\(name)"
    self.version = version
    self.summary = summary
    self.content = content
  }

  private enum CodingKeys: String, CodingKey {
    case format, version, summary
  }

  /// Writes its own members and those of the content into one object.
  public func encode(to encoder: any Encoder) throws {
    try content.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(format, forKey: .format)
    try container.encode(version, forKey: .version)
    try container.encode(summary, forKey: .summary)
  }
}

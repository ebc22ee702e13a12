/// What a command says to a program: an object that begins with what kind of object it is.
///
/// `format` names the kind, `version` the number of its form, and `summary` says in one sentence what there is to know;
/// the members of `content` follow in the same object. A version stays as long as members are only added.
public struct JSONResponse<Content: Encodable>: Encodable {
  /// The kind of the response: `scanout-verify`.
  public let format: String
  /// The number of its form.
  public let version: Int
  /// A sentence for people.
  public let summary: String
  /// What it says beside that: something that encodes as an object.
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

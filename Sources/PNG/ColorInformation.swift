/// What a file says about how to show its colours: gamma, chromaticities, profiles.
///
/// Nothing of it is applied: what is compared are the samples of the file. It is for messages, so that a reader who sees two
/// images with the same samples look different learns why.
public struct ColorInformation: Sendable, Hashable, Codable {
  /// The names of the chunks, each once, in the order of the file: `gAMA`, `cHRM`, `iCCP`, `sRGB`, `cICP`.
  public internal(set) var chunks: [String] = []

  /// True when the file says nothing.
  public var isEmpty: Bool { chunks.isEmpty }

  /// A sentence without its stop: `gAMA and cHRM are ignored: samples are compared as they are in the file`. Nil when the
  /// file says nothing.
  public var note: String? {
    guard let last = chunks.last else { return nil }
    let names = chunks.count == 1 ? last : "\(chunks.dropLast().joined(separator: ", ")) and \(last)"
    return "\(names) \(chunks.count == 1 ? "is" : "are") ignored: samples are compared as they are in the file"
  }

  static let known: Set<String> = ["gAMA", "cHRM", "iCCP", "sRGB", "cICP"]
}

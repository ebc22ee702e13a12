internal import FoundationEssentials

/// Encoder of JSON text: UTF-8, indented, with members sorted by their names and slashes as they are. Equal values give equal
/// bytes.
public enum JSONText {
  /// The text of a value, without a newline at its end.
  public static func encode(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    // JSON has no infinite numbers. None is made here; if one were, it would be a text.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "infinity", negativeInfinity: "-infinity", nan: "nan")
    guard let bytes = try? encoder.encode(value) else { return "{}" }
    return String(decoding: bytes, as: UTF8.self)
  }
}

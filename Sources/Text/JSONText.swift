internal import FoundationEssentials

/// Values as JSON text, in the one form in which all of this program's JSON is written: UTF-8, indented, members in the
/// order of their names, and a slash as it is. Equal values give equal bytes.
public enum JSONText {
  /// The text, without an end of line.
  public static func encode(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    // A number that JSON does not have (none is made here) is told from one that it has.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "infinity", negativeInfinity: "-infinity", nan: "nan")
    guard let bytes = try? encoder.encode(value) else { return "{}" }
    return String(decoding: bytes, as: UTF8.self)
  }
}

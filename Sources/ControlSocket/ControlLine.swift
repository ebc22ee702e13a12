internal import FoundationEssentials

/// Encoder of requests and responses as lines of JSON.
enum ControlLine {
  /// One line, without its end.
  static func encode(_ value: some Encodable) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // This cannot fail: what is encoded here are strings and finite numbers.
    return (try? encoder.encode(value)).map { [UInt8]($0) } ?? []
  }
}

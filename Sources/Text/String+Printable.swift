extension String {
  /// The text with escapes for all characters that a terminal would act on instead of showing them.
  ///
  /// Control characters (C0, DEL and C1), line and paragraph separators, and characters that change the direction of
  /// writing or have no width become `\n`, `\t`, `\r`, `\e` or `\u{…}`; a backslash stays as it is, so that ordinary names
  /// do not change.
  public var printable: String {
    guard unicodeScalars.contains(where: \.isUnprintable) else { return self }
    var text = ""
    for scalar in unicodeScalars {
      if scalar.isUnprintable { text += scalar.escaped } else { text.unicodeScalars.append(scalar) }
    }
    return text
  }
}

extension Unicode.Scalar {
  /// True if a terminal acts on it, or shows nothing for it.
  fileprivate var isUnprintable: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
    default: false
    }
  }

  fileprivate var escaped: String {
    // A byte of a file name that is not UTF-8.
    if standsForByte { return "\\x\(String(value & 0xFF, radix: 16))" }
    return switch self {
    case "\n": "\\n"
    case "\t": "\\t"
    case "\r": "\\r"
    case "\u{1b}": "\\e"
    default: "\\u{\(String(value, radix: 16))}"
    }
  }
}

extension String {
  /// A file name or path as bash, dash and zsh read it back from a command line, byte by byte.
  ///
  /// A name that needs no quotes has none. A name that begins with `-` is written with `./` before it, so that no program takes
  /// it for an option. Bytes that a terminal would act on, or that are no UTF-8, are escaped: `$'caf\351'`, which dash
  /// does not understand.
  public var shellQuoted: String {
    let text = hasPrefix("-") ? "./" + self : self
    if !text.isEmpty, text.utf8.allSatisfy(\.isPlainForShell) { return text }
    guard text.printable != text else {
      return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
    return "$'" + text.unicodeScalars.map(\.escapedForShell).joined() + "'"
  }
}

extension UInt8 {
  /// True if it has no meaning of its own for a shell, anywhere in a word.
  fileprivate var isPlainForShell: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: ":"), UInt8(ascii: ","):
      true
    default: false
    }
  }
}

extension Unicode.Scalar {
  /// The character inside `$'…'`.
  fileprivate var escapedForShell: String {
    let text = String(self)
    if self == "'" || self == "\\" { return "\\" + text }
    guard text.printable != text else { return text }
    return text.fileNameBytes.map { byte in
      let digits = String(byte, radix: 8)
      return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
    }.joined()
  }
}

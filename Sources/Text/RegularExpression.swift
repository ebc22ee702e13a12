internal import Glibc

/// Extended regular expression of POSIX, which is searched for in bytes.
///
/// Unlike Swift's `Regex`, it does not go back and forth: the time of a search grows with the length of the text alone, so that
/// text from outside cannot make it take long. Therefore back-references, such as `\1`, are refused. Any thread may use it.
@safe
public final class RegularExpression: @unchecked Sendable {
  // The compiled form needs an address that never changes.
  private let compiled: UnsafeMutablePointer<regex_t>

  /// Why a text is not a regular expression, as the system says it.
  public struct Malformed: Error, Equatable, CustomStringConvertible {
    /// The reason.
    public let description: String
  }

  /// The longest pattern, in bytes.
  private static let longestPattern = 1024

  /// Compiles a pattern.
  public init(_ pattern: String) throws(Malformed) {
    guard !pattern.isEmpty, pattern.utf8.count <= Self.longestPattern, !pattern.utf8.contains(0) else {
      throw Malformed(description: "it must have 1 to \(Self.longestPattern) bytes")
    }
    guard !Self.refersBack(pattern) else { throw Malformed(description: "back-references are not possible") }
    // Safe: it belongs to this object, which gives it back in `deinit`, or here if it was not filled.
    let compiled = UnsafeMutablePointer<regex_t>.allocate(capacity: 1)
    // Safe: the pattern is read during the call only, which fills the memory that was allocated.
    let code = unsafe regcomp(compiled, pattern, REG_EXTENDED | REG_NOSUB)
    guard code == 0 else {
      var words = [CChar](repeating: 0, count: 200)
      // Safe: at most so many bytes are written as the array has, the last one a zero.
      unsafe regerror(code, compiled, &words, words.count)
      unsafe compiled.deallocate()
      let end = words.firstIndex(of: 0) ?? words.endIndex
      throw Malformed(description: String(decoding: words[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
    unsafe self.compiled = compiled
  }

  deinit {
    // Safe: it was filled by `init`, and nothing else has it.
    unsafe regfree(compiled)
    // Safe: allocated by `init`.
    unsafe compiled.deallocate()
  }

  /// True when a part of the text matches. A zero byte counts as a space.
  public func matches(_ text: [UInt8]) -> Bool {
    let line = text.map { $0 == 0 ? CChar(0x20) : CChar(bitPattern: $0) } + [0]
    // Safe: the text ends with a zero and is read during the call only; nothing is written.
    return unsafe regexec(compiled, line, 0, nil, 0) == 0
  }

  private static func refersBack(_ pattern: String) -> Bool {
    var isEscaped = false
    for byte in pattern.utf8 {
      if isEscaped, (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(byte) { return true }
      isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
    }
    return false
  }
}

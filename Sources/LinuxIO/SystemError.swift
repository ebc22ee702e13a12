internal import CLinux
private import Glibc

/// Error of a system call: the operation that failed, and the system's error code.
public struct SystemError: Error, Equatable, CustomStringConvertible {
  /// The operation, as the start of a sentence: `open frames/manifest.json`.
  public let operation: String
  /// The `errno` value.
  public let code: Int32

  /// An error with a known code.
  public init(_ operation: String, code: Int32) {
    self.operation = operation
    self.code = code
  }

  /// The error of the call made just before, on this thread.
  package init(_ operation: String) {
    self.init(operation, code: errno)
  }

  /// A sentence: `open frames/manifest.json: Permission denied`.
  public var description: String {
    "\(operation): \(reason)"
  }

  /// True when the call failed because the other end of a socket or pipe is gone.
  public var isDisconnection: Bool {
    code == EPIPE || code == ECONNRESET
  }

  /// The system's words for ``code``.
  public var reason: String {
    var text = [UInt8](repeating: 0, count: 256)
    // Safe: at most 256 bytes, the last of them zero, are written into an array that has them.
    let known = unsafe clinux_error_text(code, &text, text.count) == 0
    return known ? String(decoding: text.prefix { $0 != 0 }, as: UTF8.self) : "error \(code)"
  }
}

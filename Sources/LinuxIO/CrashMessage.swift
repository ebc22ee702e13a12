internal import CLinux

/// Text written when a signal kills the process, such as an abort in a library.
public enum CrashMessage {
  /// Sets the line that the process writes to standard error before a signal such as `SIGABRT` ends it. Of a longer line, the
  /// first 500 bytes are written.
  public static func set(_ line: String) {
    let bytes = Array(line.utf8.prefix(500)) + [UInt8(ascii: "\n")]
    // Safe: the bytes are copied during the call.
    unsafe bytes.withUnsafeBufferPointer { buffer in
      unsafe buffer.withMemoryRebound(to: CChar.self) { unsafe clinux_crash_message($0.baseAddress, $0.count) }
    }
  }
}

internal import CLinux

/// What a process says when something in it, such as a library that aborts, ends it.
public enum CrashMessage {
  /// Lets the process write this line to standard error before a signal ends it that says that it failed. Of a longer
  /// one, the first 500 bytes are written.
  public static func set(_ line: String) {
    let bytes = Array(line.utf8.prefix(500)) + [UInt8(ascii: "\n")]
    // Safe: the bytes are copied during the call.
    unsafe bytes.withUnsafeBufferPointer { buffer in
      unsafe buffer.withMemoryRebound(to: CChar.self) { unsafe clinux_crash_message($0.baseAddress, $0.count) }
    }
  }
}

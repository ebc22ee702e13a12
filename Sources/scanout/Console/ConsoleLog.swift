import Glibc
import Logging

/// Writes log lines for a person: `scanout: warning: …` on standard error, without dates.
struct ConsoleLog: LogHandler {
  var metadata: Logger.Metadata = [:]
  var logLevel: Logger.Level

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let details = metadata.merging(event.metadata ?? [:]) { $1 }
    let suffix = details.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
    let level = event.level >= .warning ? "\(event.level): " : ""
    Console.say("\(level)\(event.message)\(suffix)")
  }
}

/// Where people read.
enum Console {
  /// Writes a line to standard error, after the program's name.
  static func say(_ line: String) {
    write("scanout: \(line)\n", to: STDERR_FILENO)
  }

  /// Writes a line to standard output: what was asked for.
  static func answer(_ line: String) {
    write(line + "\n", to: STDOUT_FILENO)
  }

  static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      // Safe: the bytes are read during the call only.
      let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }
}

import Logging
import Text

/// Log handler that writes lines for people: `scanout: warning: …` on standard error, without dates.
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
    // One line, whatever a guest or peer put into it: it cannot forge a line of ours.
    Console.note("\(level)\(event.message)\(suffix)".printable)
  }
}

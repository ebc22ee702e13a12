internal import LinuxIO
internal import Synchronization
internal import VhostUser

/// Lines of what one case and its back end say to each other, in the order of time: messages of vhost-user, messages of the
/// display socket, and requests of the guest.
///
/// A line has the seconds since the start, the direction (`>` to the back end, `<` from it), the socket, the name, and fields. At
/// most 20,000 lines are kept.
final class TraceLog: Sendable {
  static let maximumLines = 20_000
  private let start = ContinuousClock.now
  private let lines = Mutex<[String]>([])

  /// A message of vhost-user.
  func note(_ message: ObservedMessage) {
    let payload = message.payload.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    add(
      message.isSent ? ">" : "<", message.isOfBackEnd ? "back-end channel" : "vhost-user",
      "\(message.name) flags=0x\(String(message.flags, radix: 16)) fds=\(message.descriptorCount) payload=\(payload)")
  }

  /// A message of the display socket.
  func noteDisplay(_ text: String, isSent: Bool) {
    add(isSent ? ">" : "<", "display", shown(text))
  }

  /// Something that the guest does.
  func note(_ text: String) {
    add("-", "guest", text)
  }

  /// The lines so far, as a file has them.
  var text: String { lines.withLock { $0.joined(separator: "\n") + "\n" } }

  private func add(_ direction: String, _ socket: String, _ text: String) {
    let microseconds = Int64(ContinuousClock.now.duration(to: start) / .microseconds(-1))
    let fraction = String(microseconds % 1_000_000)
    let time = "\(microseconds / 1_000_000)." + String(repeating: "0", count: 6 - fraction.count) + fraction
    lines.withLock { lines in
      if lines.count < Self.maximumLines {
        lines.append("\(time) \(direction) \(socket): \(text)")
      } else if lines.count == Self.maximumLines {
        lines.append("\(time) - trace: more than \(Self.maximumLines) lines; the rest is left out")
      }
    }
  }
}

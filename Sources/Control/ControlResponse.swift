internal import FoundationEssentials
internal import Text

/// What a device says to a request: on the socket, one line of JSON.
public struct ControlResponse: Codable, Equatable, Sendable {
  /// Why the request was refused, in a sentence; nil: it was carried out.
  public var error: String?
  /// The connectors as they are now; none after an error.
  public var outputs: [OutputState]?
  /// The connector that a request was about; none after `list`.
  public var output: Int?
  /// Who has been told.
  public var guest: GuestNotification?

  /// What a guest knows of a change.
  public enum GuestNotification: String, Codable, Sendable {
    /// It was notified, or is busy with an earlier notification and will see this change as well.
    case notified
    /// There is no guest; the next one sees the change when it starts.
    case absent
    /// There is no way to notify it; it sees the change when it starts again.
    case unreachable
  }

  /// A refusal.
  public init(error: String) {
    self.error = error
  }

  /// What came of a request: what is plugged in, and the size of what each scanout shows.
  public init(outputs: [OutputState], output: Int?, guest: GuestNotification?) {
    self.outputs = outputs
    self.output = output
    self.guest = guest
  }

  /// The longest answer that is read, in bytes: sixteen connectors take some two thousand.
  public static let longest = 1 << 16

  /// Reads a line without its end.
  public init(line: [UInt8]) throws(ControlError) {
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(line))
    } catch {
      throw ControlError("what answers there does not speak as scanout does")
    }
  }

  /// In a sentence.
  public var summary: String {
    if let error { return error }
    let outputs = outputs ?? []
    let connected = outputs.count { $0.connected }
    return "\(count(outputs.count, "output")), \(connected) of them with a monitor"
  }

  /// The line, without its end: a response of the format `scanout-control`.
  public var line: [UInt8] { ControlLine.encode(JSONResponse("control", summary: summary, self)) }
}

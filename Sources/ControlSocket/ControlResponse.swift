internal import FoundationEssentials
internal import Text

/// Response of a device to a request of the control socket: on the socket, one line of JSON.
public struct ControlResponse: Codable, Equatable, Sendable {
  /// Why the request failed, in a sentence; nil: it was carried out.
  public var error: String?
  /// The outputs as they are now; nil after an error.
  public var outputs: [OutputState]?
  /// The output that the request was about; nil after `list`.
  public var output: Int?
  /// Whether the guest was notified of the change; nil after `list`.
  public var guest: GuestNotification?
  /// How many things the guest was told, after a request of input: a key pressed, a key released, the pointer moved; nil
  /// after any other request.
  public var actions: Int?

  /// Notification of a guest about a change.
  public enum GuestNotification: String, Codable, Sendable {
    /// It was notified, or is busy with an earlier notification and will see this change as well.
    case notified
    /// There is no guest; the next one sees the change when it starts.
    case absent
    /// There is no way to notify it; it sees the change when it starts again.
    case unreachable
  }

  /// The response to a request that failed.
  public init(error: String) {
    self.error = error
  }

  /// The response to a request that was carried out.
  public init(outputs: [OutputState], output: Int?, guest: GuestNotification?) {
    self.outputs = outputs
    self.output = output
    self.guest = guest
  }

  /// The response to a request of input, all of whose actions the guest has taken.
  public init(actions: Int) {
    self.actions = actions
  }

  /// The longest response that is read, in bytes: sixteen outputs take some two thousand.
  public static let longest = 1 << 16

  /// Reads a line without its end.
  public init(line: [UInt8]) throws(ControlError) {
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(line))
    } catch {
      throw ControlError("the response is not one of a scanout control socket")
    }
  }

  /// The response in a sentence.
  public var summary: String {
    if let error { return error }
    if let actions { return "the guest has taken \(count(actions, "action"))" }
    let outputs = outputs ?? []
    return "\(count(outputs.count, "output")), \(outputs.count { $0.connected }) of them connected"
  }

  /// The line, without its end: a response of the format `scanout-control`.
  public var line: [UInt8] { ControlLine.encode(JSONResponse("control", summary: summary, self)) }
}

internal import VirtioGPU

/// A device that does not do what a driver needs.
public enum DriverError: Error, Equatable, CustomStringConvertible {
  /// The device responded to a command with this error code.
  case refused(String, UInt32)
  /// The response to a fenced command has another fence, or none.
  case fenceLost(String)
  /// Requests were submitted and never collected.
  case queueFull
  /// The demo needs two outputs, of 320 × 320 and 200 × 150 pixels at least.
  case outputsTooSmall
  /// The device did not respond in time.
  case noResponse(seconds: Double)

  /// A sentence.
  public var description: String {
    switch self {
    case .refused(let command, let code):
      "the device refused \(command): \(ResponseType(rawValue: code).map { "\($0)" } ?? "0x" + String(code, radix: 16))"
    case .fenceLost(let command): "the response to \(command) lacks its fence"
    case .queueFull: "the queue is full of requests that were never collected"
    case .outputsTooSmall: "the device needs two outputs, of 320x320 and 200x150 pixels at least"
    case .noResponse(let seconds): "the device did not respond within \(seconds) seconds"
    }
  }
}

internal import LinuxIO
internal import Text

/// Why a recording ended before its source did. All frames before the end are complete.
public struct EarlyEnd: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The limit that was reached.
  public enum Reason: String, Sendable, Codable {
    /// The limit of the dump.
    case limit
    /// The disk, a quota, or the allowed size of a file.
    case diskFull
  }

  /// The limit that was reached.
  public let reason: Reason
  /// The reason with its figures, as part of a sentence.
  public let detail: String

  /// The detail, with control characters escaped, because it may come from a file.
  public var description: String { detail.printable }

  /// The end that an error of a dump means; nil for one that a dump cannot end with in order.
  init?(_ error: any Error) {
    switch error as? FrameDumpError {
    case .interrupted(_, let error) where error.isDiskFull: self.init(reason: .diskFull, detail: "\(error)")
    case .full(_, let limit): self.init(reason: .limit, detail: "its limit of \(limit) is reached")
    default: return nil
    }
  }

  private init(reason: Reason, detail: String) {
    self.reason = reason
    self.detail = detail
  }
}

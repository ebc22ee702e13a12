internal import LinuxIO
internal import Text

/// Why a recording ended before its source did. Everything up to then is complete.
public struct EarlyEnd: Sendable, Hashable, Codable, CustomStringConvertible {
  /// What was used up.
  public enum Reason: String, Sendable, Codable {
    /// What the dump may hold.
    case limit
    /// The disk, a quota, or the allowed size of a file.
    case diskFull
  }

  /// What was used up.
  public let reason: Reason
  /// The same as a part of a sentence, with figures.
  public let detail: String

  /// What can be printed, whatever is in the file that it was read from.
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

/// Verdict on one frame. The verdict on a run is the worst one of its frames.
///
/// The raw values are written to result files. The exit code of a run is that of its worst verdict, in this order from
/// the worst: `unreadable`, `mismatch`, `notReached`, `missingGolden`, `pass`. A wrong image outranks a missing frame,
/// which outranks a missing golden.
public enum Verdict: String, Sendable, Codable, CaseIterable {
  /// The frame equals its golden, pixel by pixel.
  case pass
  /// The frame differs from its golden.
  case mismatch
  /// The frame has no golden.
  case missingGolden = "missing-golden"
  /// The frame did not come, but has a golden.
  case notReached = "not-reached"
  /// The frame or its golden cannot be read.
  case unreadable

  /// Exit code of a program: 0, 1, 2, 5 and, for a file that cannot be read, 74 as in `sysexits.h`.
  public var exitCode: Int32 {
    switch self {
    case .pass: 0
    case .mismatch: 1
    case .missingGolden: 2
    case .notReached: 5
    case .unreadable: 74
    }
  }

  /// True when this verdict outranks the other.
  func isWorse(than other: Verdict) -> Bool { rank > other.rank }

  private var rank: Int {
    switch self {
    case .pass: 0
    case .missingGolden: 1
    case .notReached: 2
    case .mismatch: 3
    case .unreadable: 4
    }
  }
}

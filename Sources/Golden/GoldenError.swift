internal import LinuxIO

/// A folder that cannot be used. All of these are failures of input or output, not of a comparison.
public enum GoldenError: Error, Equatable, CustomStringConvertible {
  /// The folder of goldens cannot be listed; `reason` is the system's.
  case unreadableGoldens(path: String, reason: String)
  /// The results cannot be written; `reason` is the system's.
  case unwritableResults(path: String, reason: String)
  /// The folder for the results holds something else, which stays.
  case holdsOtherFiles(path: String, example: String)

  /// A sentence.
  public var description: String {
    switch self {
    case .unreadableGoldens(let path, let reason):
      "the goldens in \(path) cannot be read: \(reason); name a folder of PNG files, such as the frames of a dump"
    case .unwritableResults(let path, let reason):
      "the results cannot be written to \(path): \(reason)"
    case .holdsOtherFiles(let path, let example):
      "\(path) holds other files, such as \(example): name an empty folder for the results, or one with earlier results"
    }
  }
}

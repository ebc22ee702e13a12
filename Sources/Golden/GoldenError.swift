internal import LinuxIO
internal import Text

/// A folder that cannot be used. All of these are failures of input or output, not of a comparison.
public enum GoldenError: Error, Equatable, CustomStringConvertible {
  /// The folder of goldens cannot be listed; `reason` is the system's.
  case unreadableGoldens(path: String, reason: String)
  /// The results cannot be written; `reason` is the system's.
  case unwritableResults(path: String, reason: String)
  /// The folder for the results holds something else, which stays.
  case holdsOtherFiles(path: String, example: String)
  /// The folder for the results has a report of another program, which stays.
  case foreignResults(path: String)
  /// The name of a test cannot be that of a folder.
  case badTestName(String)

  /// A sentence.
  public var description: String {
    switch self {
    case .unreadableGoldens(let path, let reason):
      "the goldens in \(path.printable) cannot be read: \(reason); name a folder of PNG files, such as the frames of a dump"
    case .unwritableResults(let path, let reason):
      "the results cannot be written to \(path.printable): \(reason)"
    case .holdsOtherFiles(let path, let example):
      "\(path.printable) holds other files, such as \(example.printable): "
        + "name an empty folder for the results, or one with earlier results"
    case .foreignResults(let path):
      "\(path.printable) is not a report of scanout, and stays: name another folder for the results"
    case .badTestName(let name):
      "“\(name.printable)” cannot be the name of a test: it is made of names of folders with / between them, at most 16, "
        + "none of them empty, longer than 200 bytes, beginning with . or -, or one of actual, expected, diff and result.json"
    }
  }
}

extension SystemError {
  /// True when the file or folder does not exist.
  var isMissing: Bool { code == 2 }
}

internal import LinuxIO
internal import PNG

/// A folder with everything that somebody needs who looks into a run that did not pass: for each frame
/// `<frame>.actual.png`, `<frame>.expected.png` and `<frame>.diff.png`, and `result.json`.
///
/// A frame that has no golden has an actual picture only. Accepting frames needs nothing but this folder: each
/// `<frame>.actual.png` becomes the golden `<frame>.png`. Until the run is over, `result.json` says that it is not.
public final class ResultFolder {
  /// The folder, as it was named by who asked.
  public let path: String

  enum Role: String, CaseIterable {
    case actual, expected, diff

    var suffix: String { ".\(rawValue).png" }
  }

  private static let report = "result.json"
  private static let unfinished = ".unfinished"

  private let folder: Directory
  private let encoder = PNGEncoder()

  /// Makes the folder, or takes an empty one, or one with earlier results, which are removed.
  public init(_ path: String) throws(GoldenError) {
    self.path = path
    let folder: Directory
    let names: [String]
    do throws(SystemError) {
      folder = try Directory.make(path)
      names = try folder.names()
    } catch {
      throw .unwritableResults(path: path, reason: error.reason)
    }
    self.folder = folder
    if let other = names.first(where: { !Self.isOurs($0) }) ?? (names.contains(Self.report) ? nil : names.first) {
      throw .holdsOtherFiles(path: path, example: other)
    }
    try writing { () throws(SystemError) in
      for name in names { try folder.remove(name) }
    }
    try write(Judgement.unfinished, to: Self.report)
  }

  func write(_ picture: Picture, as role: Role, of name: FrameName) throws(GoldenError) {
    try write(encoder.encode(picture, hash: FrameHash(of: picture)), to: name.description + role.suffix)
  }

  func complete(_ judgement: Judgement) throws(GoldenError) {
    try write(judgement.json(), to: Self.report)
  }

  private func write(_ bytes: [UInt8], to name: String) throws(GoldenError) {
    try writing { () throws(SystemError) in
      try folder.replace(name, with: bytes, through: Self.unfinished)
    }
  }

  private func writing(_ body: () throws(SystemError) -> Void) throws(GoldenError) {
    do throws(SystemError) {
      try body()
    } catch {
      throw .unwritableResults(path: path, reason: error.reason)
    }
  }

  private static func isOurs(_ name: String) -> Bool {
    name == report || name == unfinished || Role.allCases.contains { name.hasSuffix($0.suffix) }
  }
}

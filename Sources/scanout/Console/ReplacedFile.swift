import Glibc
import LinuxIO
import Text

/// File that a command writes, in the place of the one that an earlier run of it wrote and of no other.
struct ReplacedFile {
  private let folder: Directory
  private let name: String

  /// The file at `path`, whose folder must exist.
  init(_ path: String) throws {
    let parts = path.pathParts
    name = parts.last ?? ""
    folder = try Directory(parts.count > 1 ? parts.dropLast().joined(separator: "/") + "/" : ".")
  }

  /// Its first bytes, at most so many.
  func read(_ maximumBytes: Int) throws -> [UInt8] {
    try folder.open(name).read(maximumBytes, at: 0)
  }

  /// Removes what an earlier run wrote. A file that does not begin with `signature` is an error, and stays: `content` and `kind`
  /// are the words for it, such as "the report" and "an XML file".
  func removeEarlier(beginningWith signature: [UInt8], content: String, kind: String) throws {
    guard let start = try? folder.openBeneath(name).read(signature.count, at: 0), !start.isEmpty else { return }
    guard start == signature else {
      throw SystemError(
        "write \(content) to \(folder.path.path(to: name).printable), which is not \(kind) and stays", code: EEXIST)
    }
    try folder.remove(name)
  }

  /// Writes it whole: who reads it sees all of it or none.
  func write(_ bytes: [UInt8]) throws {
    // A name that no earlier run can have left behind.
    let temporary = ".\(name.utf8.count < 200 ? name : "result").\(UInt64.random(in: 0 ... .max)).unfinished"
    try folder.replace(name, with: bytes, through: temporary)
  }
}

import ArgumentParser
import Display
import FoundationEssentials
import Golden
import LinuxIO
import PNG

/// Say how two pictures differ.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say how two pictures differ, with a diagnosis.",
    discussion: """
      How many pixels, where, by how much in which channel, and what may have \
      happened: swapped colours, a shifted or flipped picture, another size.

        scanout compare expected.png actual.png
        scanout compare expected.png actual.png --diff difference.png

      Exit codes: 0 the same, 1 different, 74 something cannot be read.
      """)

  @Argument(help: ArgumentHelp("The picture that is right.", valueName: "expected.png"))
  var expected: String

  @Argument(help: ArgumentHelp("The picture to judge.", valueName: "actual.png"))
  var actual: String

  @Option(help: ArgumentHelp("Draw the difference into this file.", valueName: "file"))
  var diff: String?

  @Flag(help: "Answer as JSON.")
  var json = false

  func validate() throws {
    var roles = PathRoles()
    roles.note("EXPECTED", expected, .input)
    roles.note("ACTUAL", actual, .input)
    roles.note("--diff", diff, .outputFile)
    try roles.check()
  }

  func run() throws {
    var difference: PictureDifference?
    try ExitStatus.reporting {
      let (old, new) = (try read(expected), try read(actual))
      difference = try PictureDifference(expected: old, actual: new)
      if json {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        Console.answer(String(decoding: try encoder.encode(Answer(difference: difference)), as: UTF8.self))
      } else {
        (difference?.lines ?? ["the pictures are the same, all \(old.size.area) pixels"]).forEach(Console.answer)
      }
      guard let difference, let diff else { return }
      try write(difference.picture(expected: old, actual: new), to: diff)
    }
    if difference != nil { throw ExitStatus.mismatch }
  }

  private func read(_ path: String) throws -> Picture {
    try PNGFile(path: path).decode()
  }

  private func write(_ picture: Picture, to path: String) throws {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    let name = String(parts.last ?? "")
    let folder = parts.count > 1 ? parts.dropLast().joined(separator: "/") + "/" : "."
    // A name that no earlier run can have left behind.
    let temporary = ".\(name.utf8.count < 200 ? name : "diff").\(UInt64.random(in: 0 ... .max)).unfinished"
    try Directory(folder).replace(
      name, with: PNGEncoder().encode(picture, hash: FrameHash(of: picture)), through: temporary)
  }

  private struct Answer: Encodable {
    let isSame: Bool
    let difference: PictureDifference?

    init(difference: PictureDifference?) {
      isSame = difference == nil
      self.difference = difference
    }
  }
}

import ArgumentParser
import Display
import Golden
import LinuxIO
import PNG
import Serving
import Text

/// The command `scanout compare`: compares two PNG files.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare two images, with a diagnosis of the difference.",
    discussion: """
      Prints how many pixels differ, where, by how much in which channel, and a \
      possible cause: swapped colours, a shifted or flipped image, another size. \
      Samples are compared as they are in the files: alpha counts where a file has \
      it, 16 bits are compared as 16 bits, and gamma and colour profiles are \
      mentioned but not applied.

        scanout compare expected.png actual.png
        scanout compare expected.png actual.png --diff difference.png

      Exit codes: 74 something cannot be read or written, 1 different, 0 the same. \
      64: the command line is wrong, and nothing was done.
      """)

  @Argument(help: ArgumentHelp("Expected image, a PNG file.", valueName: "expected.png"))
  var expected: String

  @Argument(help: ArgumentHelp("Actual image, a PNG file.", valueName: "actual.png"))
  var actual: String

  @Option(
    help: ArgumentHelp(
      "PNG file for an image of the difference. If the images are the same, a PNG file at this path is removed.",
      valueName: "file"))
  var diff: String?

  @Flag(help: "JSON response, to standard output.")
  var json = false

  func validate() throws {
    var roles = PathRoles()
    roles.note("EXPECTED", expected, .input)
    roles.note("ACTUAL", actual, .input)
    roles.note("--diff", diff, .outputFile)
    try roles.validate()
  }

  func run() throws {
    var difference: ImageDifference?
    try ExitStatus.reporting(json: json) {
      // Before anything is read: an image that stays there after a failure must not be another run's.
      let diffFile = try diff.map(ReplacedFile.init)
      try diffFile?.removeEarlier(
        beginningWith: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], content: "the difference", kind: "a PNG file")
      let (old, new) = (try PNGFile(path: expected).content(), try PNGFile(path: actual).content())
      var size: Size?
      if !old.hasSameBytes(as: new) {
        let (before, after) = (try old.decode(), try new.decode())
        difference = try ImageDifference(expected: before, actual: after)
        size = before.size
        if let difference, let diffFile {
          let image = try difference.draw(expected: before, actual: after)
          try diffFile.write(PNGEncoder().encode(image, hash: FrameHash(of: image)))
        }
      } else {
        // An image that cannot be decoded is never called the same.
        size = try old.decode().size
      }
      let notes = [(expected, old), (actual, new)].compactMap { path, content in
        content.color.note.map { "\(path.printable): \($0)" }
      }
      if json {
        let content = CompareResponse(
          expected: expected, actual: actual, difference: difference, diff: diff, notes: notes)
        let summary = difference.map { $0.lines.joined(separator: "; ") } ?? Self.same(size)
        Console.print(JSONText.encode(JSONResponse("compare", summary: summary, content)))
      } else {
        ((difference?.lines ?? [Self.same(size)]) + notes).forEach(Console.print)
      }
    }
    if difference != nil { throw ExitStatus.mismatch }
  }

  private static func same(_ size: Size?) -> String {
    "the images are the same, all \(size?.area ?? 0) pixels"
  }

  private struct CompareResponse: Encodable {
    let expected: String
    let actual: String
    let isSame: Bool
    let exitCode: Int32
    let difference: ImageDifference?
    /// The file with the difference; nil: none was drawn.
    let diff: String?
    let notes: [String]

    init(expected: String, actual: String, difference: ImageDifference?, diff: String?, notes: [String]) {
      self.expected = expected
      self.actual = actual
      self.difference = difference
      self.diff = difference == nil ? nil : diff
      self.notes = notes
      isSame = difference == nil
      exitCode = difference == nil ? 0 : ExitStatus.mismatch.rawValue
    }
  }
}

import ArgumentParser
import Display
import Glibc
import Golden
import LinuxIO
import PNG
import Serving
import Text

/// Say how two images differ.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say how two images differ, with a diagnosis.",
    discussion: """
      How many pixels, where, by how much in which channel, and what may have \
      happened: swapped colours, a shifted or flipped image, another size. Samples \
      are the files': alpha counts where a file has it, 16 bits are compared as 16 \
      bits, and gamma and colour profiles are mentioned and change nothing.

        scanout compare expected.png actual.png
        scanout compare expected.png actual.png --diff difference.png

      Exit codes: 74 something cannot be read or written, 1 different, 0 the same. \
      64: the command line is wrong, and nothing was done.
      """)

  @Argument(help: ArgumentHelp("The image that is right.", valueName: "expected.png"))
  var expected: String

  @Argument(help: ArgumentHelp("The image to judge.", valueName: "actual.png"))
  var actual: String

  @Option(
    help: ArgumentHelp(
      "Draw the difference into this file. A PNG file that is there is removed when there is none.", valueName: "file"))
  var diff: String?

  @Flag(help: "Answer as JSON.")
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
      let drawing = try diff.map(Drawing.init)
      try drawing?.removeEarlier()
      let (old, new) = (try PNGFile(path: expected).content(), try PNGFile(path: actual).content())
      var size: Size?
      if !old.hasSameBytes(as: new) {
        let (before, after) = (try old.decode(), try new.decode())
        difference = try ImageDifference(expected: before, actual: after)
        size = before.size
        if let difference, let drawing {
          try drawing.write(try difference.draw(expected: before, actual: after))
        }
      } else {
        // Nobody says of what cannot be decoded that it is the same.
        size = try old.decode().size
      }
      let notes = [(expected, old), (actual, new)].compactMap { path, content in
        content.color.note.map { "\(path.printable): \($0)" }
      }
      if json {
        let content = Response(expected: expected, actual: actual, difference: difference, diff: diff, notes: notes)
        let summary = difference.map { $0.lines.joined(separator: "; ") } ?? Self.same(size)
        Console.answer(JSONText.encode(JSONResponse("compare", summary: summary, content)))
      } else {
        ((difference?.lines ?? [Self.same(size)]) + notes).forEach(Console.answer)
      }
    }
    if difference != nil { throw ExitStatus.mismatch }
  }

  private static func same(_ size: Size?) -> String {
    "the images are the same, all \(size?.area ?? 0) pixels"
  }

  /// The file that the difference is drawn into.
  private struct Drawing {
    private let folder: Directory
    private let name: String

    init(_ path: String) throws {
      let parts = path.pathParts
      name = parts.last ?? ""
      folder = try Directory(parts.count > 1 ? parts.dropLast().joined(separator: "/") + "/" : ".")
    }

    /// Removes the image of an earlier run. Any other file is an error, and stays.
    func removeEarlier() throws {
      let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
      guard let start = try? folder.openBeneath(name).read(signature.count, at: 0), !start.isEmpty else { return }
      guard start == signature else {
        throw SystemError(
          "draw the difference into \(folder.path.path(to: name).printable), which is no PNG file and stays as it is",
          code: EEXIST)
      }
      try folder.remove(name)
    }

    func write(_ image: Image) throws {
      // A name that no earlier run can have left behind.
      let temporary = ".\(name.utf8.count < 200 ? name : "diff").\(UInt64.random(in: 0 ... .max)).unfinished"
      try folder.replace(
        name, with: PNGEncoder().encode(image, hash: FrameHash(of: image)), through: temporary)
    }
  }

  private struct Response: Encodable {
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

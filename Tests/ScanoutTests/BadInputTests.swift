import Foundation
import ScanoutTesting
import Testing

@Suite("Invalid input gives one error message and the right exit code")
struct BadInputTests {
  struct Mistake: CustomTestStringConvertible, Sendable {
    let testDescription: String
    /// `@` stands for a folder of the test's own.
    let arguments: [String]
    let status: Int32
    let sentence: String
  }

  private static let mistakes = [
    Mistake(
      testDescription: "a subcommand that does not exist", arguments: ["show"], status: 64,
      sentence: "Unexpected argument 'show'"),
    Mistake(
      testDescription: "serve without a socket", arguments: ["serve", "--dump", "@/d"], status: 64,
      sentence: "--socket-path PATH, or --fd NUMBER"),
    Mistake(
      testDescription: "serve with two sockets", arguments: ["serve", "--fd", "3", "--socket-path", "@/s"], status: 64,
      sentence: "and not both"),
    Mistake(
      testDescription: "an output without height", arguments: ["serve", "--socket-path", "@/s", "--output", "640"],
      status: 64, sentence: "'640' is invalid"),
    Mistake(
      testDescription: "features that do not exist",
      arguments: ["serve", "--socket-path", "@/s", "--features", "edid,telepathy"], status: 64,
      sentence: "is invalid"),
    Mistake(
      testDescription: "a feature without the one it needs",
      arguments: ["serve", "--socket-path", "@/s", "--features", "blob-alignment"], status: 64,
      sentence: "is invalid"),
    Mistake(
      testDescription: "virgl without a 3D renderer",
      arguments: ["serve", "--socket-path", "@/s", "--features", "virgl"], status: 64,
      sentence: "--renderer virgl"),
    Mistake(
      testDescription: "a renderer that does not exist",
      arguments: ["serve", "--socket-path", "@/s", "--renderer", "ray"], status: 64,
      sentence: "is invalid"),
    Mistake(
      testDescription: "a pace of 0 Hz", arguments: ["serve", "--socket-path", "@/s", "--pace", "0"], status: 64,
      sentence: "is invalid"),
    Mistake(
      testDescription: "a pace that is not a number",
      arguments: ["serve", "--socket-path", "@/s", "--pace", "nan"], status: 64,
      sentence: "is invalid"),
    Mistake(
      testDescription: "a memory quota of 0",
      arguments: ["serve", "--socket-path", "@/s", "--max-memory", "0"], status: 64,
      sentence: "is invalid"),
    Mistake(
      testDescription: "a memory quota beyond 64 bits",
      arguments: ["serve", "--socket-path", "@/s", "--max-memory", "18446744073709551615G"], status: 64,
      sentence: "is invalid"),
    Mistake(
      testDescription: "a resource quota of 0",
      arguments: ["serve", "--socket-path", "@/s", "--max-resources", "0"], status: 64,
      sentence: "Invalid --max-resources 0: must be a number from 1"),
    Mistake(
      testDescription: "a host-visible region of half a page",
      arguments: ["serve", "--socket-path", "@/s", "--renderer", "venus", "--host-visible", "2048"], status: 64,
      sentence: "Invalid --host-visible of 2048 bytes: must be a multiple of 4096 bytes"),
    Mistake(
      testDescription: "a host-visible region without venus",
      arguments: ["serve", "--socket-path", "@/s", "--host-visible", "64M"], status: 64,
      sentence: "--renderer venus"),
    Mistake(
      testDescription: "a render node without a 3D renderer",
      arguments: ["serve", "--socket-path", "@/s", "--render-node", "/dev/dri/renderD128", "--renderer", "2d"],
      status: 64,
      sentence: "--renderer 2d uses no GPU: leave out one of them"),
    Mistake(
      testDescription: "--virgl without a 3D renderer",
      arguments: ["serve", "--socket-path", "@/s", "--virgl", "--renderer", "2d"], status: 64,
      sentence: "--virgl asks for OpenGL, and --renderer 2d has no OpenGL"),
    Mistake(
      testDescription: "goldens that cannot be read",
      arguments: ["serve", "--socket-path", "@/s", "--dump", "@/d", "--golden", "@/none"], status: 74,
      sentence: "No such file"),
    Mistake(
      testDescription: "an output of no pixels", arguments: ["serve", "--socket-path", "@/s", "--output", "0x0"],
      status: 64, sentence: "'0x0' is invalid"),
    Mistake(
      testDescription: "an output of too many pixels",
      arguments: ["serve", "--socket-path", "@/s", "--output", "99999999999x1"], status: 64, sentence: "is invalid"),
    Mistake(
      testDescription: "an output whose rate is not a number",
      arguments: ["serve", "--socket-path", "@/s", "--output", "640x480@nan"],
      status: 64, sentence: "is invalid"),
    Mistake(
      testDescription: "17 outputs",
      arguments: ["serve", "--socket-path", "@/s", "--dump", "@/d"]
        + Array(repeating: ["--output", "64x64"], count: 17).flatMap { $0 },
      status: 64, sentence: "17 outputs were given; a device has at most 16"),
    Mistake(
      testDescription: "a socket path that is too long",
      arguments: ["serve", "--dump", "@/d", "--socket-path", "@/" + String(repeating: "x", count: 120)], status: 74,
      sentence: "where 1 to 107 fit"),
    Mistake(
      testDescription: "a socket path in a folder that does not exist",
      arguments: ["serve", "--dump", "@/d", "--socket-path", "@/no/s"], status: 74,
      sentence: "No such file or directory"),
    Mistake(
      testDescription: "a descriptor that is not open", arguments: ["serve", "--dump", "@/d", "--fd", "987"],
      status: 74,
      sentence: "use descriptor 987 as a socket: Bad file descriptor"),
    Mistake(
      testDescription: "a descriptor that is not a socket",
      arguments: ["serve", "--dump", "@/d", "--fd", "0"], status: 74,
      sentence: "use descriptor 0 as a socket: Socket operation on non-socket"),
    Mistake(
      testDescription: "a socket path where a file is",
      arguments: ["serve", "--dump", "@/d", "--socket-path", "@/full/text"], status: 74,
      sentence: "listen at @/full/text, where another program listens or a file is in the way"),
    Mistake(
      testDescription: "no sink for frames", arguments: ["serve", "--socket-path", "@/s"], status: 74,
      sentence: "no display: add --dump FOLDER, or set DISPLAY or WAYLAND_DISPLAY"),
    Mistake(
      testDescription: "a window without a display", arguments: ["serve", "--socket-path", "@/s", "--window"],
      status: 74,
      sentence: "neither DISPLAY nor WAYLAND_DISPLAY names a display"),
    Mistake(
      testDescription: "goldens without a dump",
      arguments: ["serve", "--socket-path", "@/s", "--window", "--golden", "@"], status: 64,
      sentence: "--golden compares the frames of a dump"),
    Mistake(
      testDescription: "frames that are dumped and discarded",
      arguments: ["serve", "--socket-path", "@/s", "--discard", "--dump", "@/d"], status: 64,
      sentence: "leave out --window and --dump"),
    Mistake(
      testDescription: "a dump limit without a dump", arguments: ["serve", "--socket-path", "@/s", "--max-dump", "1G"],
      status: 64, sentence: "add --dump"),
    Mistake(
      testDescription: "a dump limit of 0", arguments: ["replay", "@/one", "--dump", "@/d", "--max-dump", "0"],
      status: 64, sentence: "'0' is invalid"),
    Mistake(
      testDescription: "a dump limit of 0 frames",
      arguments: ["replay", "@/one", "--dump", "@/d", "--max-dump", "1G,0frames"], status: 64,
      sentence: "'1G,0frames' is invalid"),
    Mistake(
      testDescription: "two dump limits of bytes",
      arguments: ["replay", "@/one", "--dump", "@/d", "--max-dump", "1G,2G"], status: 64,
      sentence: "'1G,2G' is invalid"),
    Mistake(
      testDescription: "a measurement of a socket that does not exist",
      arguments: ["bench", "--backend", "@/s"], status: 74,
      sentence: "@/s cannot be measured: connect to @/s: No such file or directory"),
    Mistake(
      testDescription: "a measurement of a program that does not exist",
      arguments: ["bench", "--program", "@/no"], status: 74,
      sentence: "@/no cannot be measured: start @/no: No such file or directory"),
    Mistake(
      testDescription: "a measurement of 0 seconds", arguments: ["bench", "--seconds", "0"], status: 64,
      sentence: "Invalid --seconds 0.0: must be a number from 0.01 to 60"),
    Mistake(
      testDescription: "a measurement of an image without height", arguments: ["bench", "--size", "1920"], status: 64,
      sentence: "'1920' is invalid"),
    Mistake(
      testDescription: "a measurement of nine back ends",
      arguments: ["bench"] + Array(repeating: ["--backend", "@/s"], count: 9).flatMap { $0 }, status: 64,
      sentence: "At most 8 back ends"),
    Mistake(
      testDescription: "a dump where no folder can be made", arguments: ["demo", "--dump", "/proc/dump"], status: 74,
      sentence: "/proc/dump"),
    Mistake(
      testDescription: "a dump in a folder with other files", arguments: ["demo", "--dump", "@/full"], status: 74,
      sentence: "@/full"),
    Mistake(
      testDescription: "a replay of a folder that does not exist",
      arguments: ["replay", "@/no", "--dump", "@/d"], status: 74,
      sentence: "@/no cannot be read: No such file or directory"),
    Mistake(
      testDescription: "a replay of a folder without frames", arguments: ["replay", "@/full", "--dump", "@/d"],
      status: 74, sentence: "holds no frame to show"),
    Mistake(
      testDescription: "a replay of a torn PNG file", arguments: ["replay", "@/torn", "--dump", "@/d"], status: 74,
      sentence: "@/torn"),
    Mistake(
      testDescription: "a replay of a torn manifest", arguments: ["replay", "@/manifest", "--dump", "@/d"], status: 74,
      sentence: "is not the manifest of a frame dump"),
    Mistake(
      testDescription: "a replay rate of 0", arguments: ["replay", "@/no", "--rate", "0"], status: 64,
      sentence: "'0' is invalid"),
    Mistake(
      testDescription: "an image rate of 0", arguments: ["replay", "@/no", "--image-rate", "0"], status: 64,
      sentence: "Invalid --image-rate 0.0: must be a number of frames a second from 0.001 to 10000"),
    Mistake(
      testDescription: "an image rate of 0 by its former name", arguments: ["replay", "@/no", "--picture-rate", "0"],
      status: 64, sentence: "Invalid --image-rate 0.0"),
    Mistake(
      testDescription: "a frame position that is not one", arguments: ["replay", "@/no", "--from", "x-1"], status: 64,
      sentence: "'x-1' is invalid"),
    Mistake(
      testDescription: "an inspection of a folder that does not exist", arguments: ["inspect", "@/no"], status: 74,
      sentence: "@/no cannot be read"),
    Mistake(
      testDescription: "a comparison of files that do not exist",
      arguments: ["compare", "@/no.png", "@/no.png"], status: 74,
      sentence: "@/no.png"),
    Mistake(
      testDescription: "a comparison of files that are not PNG files",
      arguments: ["compare", "@/full/text", "@/full/text"],
      status: 74, sentence: "@/full/text"),
    Mistake(
      testDescription: "goldens that do not exist", arguments: ["verify", "@/one", "--golden", "@/no"], status: 74,
      sentence: "@/no"),
    Mistake(
      testDescription: "a verification without goldens", arguments: ["verify", "@/one"], status: 64,
      sentence: "--golden"),
  ]

  @Test("each mistake", arguments: mistakes)
  func mistake(mistake: Mistake) throws {
    let folder = TemporaryFolder.forSuite()
    try prepare(folder)
    let outcome = try Program.run(mistake.arguments.map { $0.replacingOccurrences(of: "@", with: folder.path) })
    #expect(outcome.status == mistake.status)
    let sentence = mistake.sentence.replacingOccurrences(of: "@", with: folder.path)
    #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
    #expect(!outcome.errors.contains("Fatal error"))
    // A run that fails before it begins leaves no dump, which would be in the way of the next attempt.
    #expect(!FileManager.default.fileExists(atPath: folder.path("d")))
    #expect(FileManager.default.fileExists(atPath: folder.path("full/text")))
    if mistake.status == 74 {
      #expect(outcome.errors.split(separator: "\n").filter { $0.contains("error: ") }.count == 1, "\(outcome.errors)")
    }
  }

  private func prepare(_ folder: TemporaryFolder) throws {
    let files = FileManager.default
    for name in ["full", "torn", "manifest", "one"] {
      try files.createDirectory(atPath: folder.path(name), withIntermediateDirectories: true)
    }
    try "text".write(toFile: folder.path("full/text"), atomically: false, encoding: .utf8)
    try "{\"format\": ".write(toFile: folder.path("manifest/manifest.json"), atomically: false, encoding: .utf8)
    let png = try Data(contentsOf: Program.root.appending(path: "Fixtures/demo/0-000001.png"))
    try png.prefix(200).write(to: URL(filePath: folder.path("torn/0-000001.png")))
    try png.write(to: URL(filePath: folder.path("one/0-000001.png")))
  }

  @Test("a disk that fills up in mid-dump ends the run, and what was written stays", .enabled(if: getuid() == 0))
  func diskFull() throws {
    let folder = TemporaryFolder.forSuite()
    try #require(try Self.shell("mount -t tmpfs -o size=600k tmpfs \(folder.path)"))
    defer { _ = try? Self.shell("umount \(folder.path)") }
    let outcome = try Program.run(["demo", "--dump", folder.path("d")])
    try outcome.expectFullDisk(under: folder.path("d"))
  }

  @Test("a file that may not grow any more is one sentence and 74, not a signal")
  func fileSize() throws {
    let folder = TemporaryFolder.forSuite()
    try prepare(folder)
    let images = Program.root.appending(path: "Fixtures/demo").path
    for (name, arguments) in [
      ("dump", ["replay", images, "--dump", folder.path("dump")]),
      (
        "diff.png",
        ["compare", images + "/0-000001.png", images + "/1-000001.png", "--diff", folder.path("diff.png")]
      ),
      ("results", ["verify", images, "--golden", folder.path("one"), "--results", folder.path("results")]),
    ] {
      let process = Program.prepare(arguments)
      process.executableURL = URL(filePath: "/bin/sh")
      process.arguments = ["-c", "ulimit -f 1; exec \"$0\" \"$@\"", Program.url.path] + arguments
      let errors = Pipe()
      process.standardError = errors
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationReason == .exit && process.terminationStatus == 74, "\(name): \(text)")
      #expect(text.contains("File too large"), "\(name): \(text)")
    }
  }

  private static func shell(_ command: String) throws -> Bool {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", command]
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus == 0
  }

  @Test("a socket in use is not taken, and its owner goes on")
  func inUse() throws {
    let folder = TemporaryFolder.forSuite()
    let first = try Program.start(
      ["serve", "--socket-path", folder.path("s"), "--dump", folder.path("one"), "--once"])
    #expect(first.logs("waiting for a virtual machine"))
    let second = try Program.run(["serve", "--socket-path", folder.path("s"), "--dump", folder.path("two")])
    #expect(second.status == 74)
    #expect(second.errors.contains("Address already in use"))
    #expect(!first.errors.contains("connected"))
    #expect(first.process.isRunning)
    first.process.terminate()
    #expect(first.finish().status == 0)
  }
}

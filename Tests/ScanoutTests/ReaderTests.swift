import Display
import Foundation
import GuestDriver
import LinuxIO
import ScanoutTesting
import Testing
import VhostUser
import VirtioGPU

@Suite("A reader of the program's output cannot block or end it", .timeLimit(.minutes(10)))
struct ReaderTests {
  /// Kind of standard error or output.
  enum Reader: CaseIterable, Sendable, CustomTestStringConvertible {
    /// A full pipe that is not read.
    case stuck
    /// A pipe whose reader left.
    case gone
    /// A file on a disk that is full.
    case fullDisk
    /// A terminal whose user pressed Ctrl-S.
    case stoppedTerminal

    var testDescription: String {
      switch self {
      case .stuck: "the reader does not read"
      case .gone: "the reader left"
      case .fullDisk: "the disk is full"
      case .stoppedTerminal: "the terminal is stopped"
      }
    }

    /// Opens the descriptor for the program, and returns the object that must stay open with it.
    func open() throws -> (handle: FileHandle, kept: AnyObject?) {
      if self == .fullDisk { return (try #require(FileHandle(forWritingAtPath: "/dev/full")), nil) }
      if self == .stoppedTerminal { return try Self.openStoppedTerminal() }
      let pipe = Pipe()
      let writer = pipe.fileHandleForWriting
      if self == .gone {
        try pipe.fileHandleForReading.close()
        return (writer, nil)
      }
      let number = writer.fileDescriptor
      let flags = fcntl(number, F_GETFL)
      _ = fcntl(number, F_SETFL, flags | O_NONBLOCK)
      for count in [4096, 1] {
        let bytes = [UInt8](repeating: 0x2e, count: count)
        // Safe: the bytes are read during the call only, and there are as many.
        while unsafe write(number, bytes, count) > 0 {}
      }
      _ = fcntl(number, F_SETFL, flags)
      return (writer, pipe)
    }

    private static func openStoppedTerminal() throws -> (handle: FileHandle, kept: AnyObject?) {
      let user = try #require(FileHandle(forUpdatingAtPath: "/dev/ptmx"))
      var (lock, number): (Int32, Int32) = (0, 0)
      // TIOCSPTLCK and TIOCGPTN, macros that Swift does not see.
      // Safe: an integer is read from a local, or written to one.
      try #require(unsafe ioctl(user.fileDescriptor, 0x4004_5431, &lock) == 0)
      // Safe: as above.
      try #require(unsafe ioctl(user.fileDescriptor, 0x8004_5430, &number) == 0)
      // Safe: the path is only read.
      let terminal = unsafe Glibc.open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
      try #require(terminal >= 0 && tcflow(terminal, TCOOFF) == 0)
      return (FileHandle(fileDescriptor: terminal, closeOnDealloc: true), user)
    }
  }

  private let folder = TemporaryFolder.forSuite()

  private func start(_ arguments: [String], output: FileHandle? = nil, errors: FileHandle? = nil) throws -> Process {
    let running = Program.prepare(arguments)
    running.standardInput = FileHandle.nullDevice
    running.standardOutput = output ?? .nullDevice
    running.standardError = errors ?? .nullDevice
    try running.run()
    return running
  }

  /// Connects as soon as the device listens.
  private func connect() throws -> GPUDriver {
    var frontEnd: FrontEnd?
    for _ in 0..<12_000 {
      frontEnd = try? FrontEnd.connect(to: folder.path("s"), timeout: .seconds(60))
      if frontEnd != nil { break }
      usleep(10_000)
    }
    let ram = try GuestRAM(count: 16 << 20)
    return try GPUDriver(VhostUserLink(#require(frontEnd), ram: ram), ram: ram)
  }

  private func draw(_ driver: GPUDriver) throws {
    let size = Size(width: 64, height: 48)
    let frame = try Framebuffer(driver, size: size, format: .b8g8r8x8)
    frame.surface.fill(Rectangle(size), with: Color(red: 9, green: 8, blue: 7))
    try frame.show(on: 0)
    try frame.flush()
  }

  @Test("a device serves its guests, and ends in order", arguments: Reader.allCases, ["2d", "virgl"])
  func serve(reader: Reader, renderer: String) throws {
    let (errors, kept) = try reader.open()
    let process = try start(
      [
        "serve", "--socket-path", folder.path("s"), "--control", folder.path("c"), "--dump", folder.path("d"),
        "--log-level", "debug", "--renderer", renderer,
      ], errors: errors)
    try draw(connect())
    // Each is a line or two.
    for _ in 0..<20 { _ = try UnixSocket.connect(to: folder.path("s")) }
    try draw(connect())
    process.terminate()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 0)
    let inspection = try Program.run(["inspect", folder.path("d")])
    #expect(inspection.output.contains("finished     yes"))
    withExtendedLifetime(kept) {}
  }

  @Test("a device that crashes ends at once", arguments: Reader.allCases)
  func crash(reader: Reader) throws {
    let (errors, kept) = try reader.open()
    let process = try start(
      ["serve", "--socket-path", folder.path("s"), "--control", folder.path("c"), "--dump", folder.path("d")],
      errors: errors)
    try draw(connect())
    kill(process.processIdentifier, SIGABRT)
    process.waitUntilExit()
    #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGABRT)
    withExtendedLifetime(kept) {}
  }

  @Test("a demo draws, and ends in order", arguments: Reader.allCases)
  func demo(reader: Reader) throws {
    let (errors, kept) = try reader.open()
    let process = try start(["demo", "--dump", folder.path("d")], errors: errors)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 0)
    withExtendedLifetime(kept) {}
  }

  @Test("a peer that connects and disconnects all the time does not fill the log")
  func crowd() throws {
    let running = try Program.start([
      "serve", "--socket-path", folder.path("s"), "--control", folder.path("c"), "--dump", folder.path("d"),
    ])
    let driver = try connect()
    for _ in 0..<5000 { _ = try UnixSocket.connect(to: folder.path("s")) }
    try draw(driver)
    running.process.terminate()
    let outcome = running.finish()
    #expect(outcome.status == 0)
    #expect(
      outcome.errors.contains("lines left out: of lines that guests and peers cause, at most 100 a minute"),
      "\(outcome.errors)")
    // On a machine that needs minutes for this, there are as many hundred lines.
    #expect(outcome.errors.utf8.count < 100_000)
  }

  @Test("what libraries write to standard error is passed on, escaped, and bounded")
  func libraries() throws {
    // The loader of libraries logs them, with tabs.
    let running = try Program.start(
      [
        "serve", "--socket-path", folder.path("s"), "--control", folder.path("c"), "--dump", folder.path("d"),
        "--renderer", "virgl", "--once",
      ], environment: ["LD_DEBUG": "files"])
    #expect(running.logs("waiting for a virtual machine"))
    try draw(connect())
    let outcome = running.finish()
    #expect(outcome.status == 0)
    let lines = outcome.errors.split(separator: "\n")
    #expect(lines.contains { $0.contains("file=libvirglrenderer.so.1") })
    #expect(lines.contains { $0.contains(#"\t"#) })
    guard !outcome.errors.contains("the renderer virgl cannot start") else { return }
    #expect(lines.contains { $0.contains("of libraries left out: 100 a minute") }, "\(outcome.errors)")
  }

  @Test("a reader that leaves early does not change the exit code")
  func head() throws {
    let goldens = Program.root.appending(path: "Fixtures/demo").path
    for arguments in [["inspect", goldens, "--all"], ["verify", goldens, "--golden", goldens], ["--help"]] {
      let errors = folder.path("errors")
      _ = FileManager.default.createFile(atPath: errors, contents: nil)
      let process = try start(
        arguments, output: try Reader.gone.open().handle, errors: FileHandle(forWritingAtPath: errors))
      process.waitUntilExit()
      #expect(process.terminationReason == .exit && process.terminationStatus == 0)
      #expect(try String(contentsOfFile: errors, encoding: .utf8) == "")
    }
  }

  @Test("a result that cannot be written is an error")
  func noRoom() throws {
    let goldens = Program.root.appending(path: "Fixtures/demo").path
    for arguments in [["inspect", goldens], ["inspect", goldens, "--json"], ["--help"]] {
      let errors = folder.path("errors")
      _ = FileManager.default.createFile(atPath: errors, contents: nil)
      let process = try start(
        arguments, output: try Reader.fullDisk.open().handle, errors: FileHandle(forWritingAtPath: errors))
      process.waitUntilExit()
      #expect(process.terminationReason == .exit && process.terminationStatus == 74)
      #expect(
        try String(contentsOfFile: errors, encoding: .utf8)
          == "scanout: error: write to standard output: No space left on device\n")
    }
  }

  @Test("a file that may not grow any more is a full disk: an error, and not a signal")
  func fileSizeLimit() throws {
    let errors = folder.path("errors")
    _ = FileManager.default.createFile(atPath: errors, contents: nil)
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = [
      "-c", "ulimit -f 1; exec \"$0\" demo --no-window --dump \"$1\"", Program.url.path, folder.path("d"),
    ]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle(forWritingAtPath: errors)
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 74)
    #expect(try String(contentsOfFile: errors, encoding: .utf8).contains("File too large"))
  }

  @Test("names cannot control a terminal, whatever command prints them")
  func names() throws {
    let name = "a\u{1b}[2J\u{9b}b\nscanout: c"
    let shown = "a\\e[2J\\u{9b}b"
    for arguments in [
      ["inspect", folder.path(name)], ["replay", folder.path(name), "--dump", folder.path("d")],
      ["serve", "--socket-path", folder.path("no/\(name)"), "--dump", folder.path("d")], ["output", "list", name],
      ["compare", name, name], [name], ["verify", name, "--golden", name], ["bench", "--backend", name],
    ] {
      let outcome = try Program.run(arguments)
      #expect(outcome.status == 74 || outcome.status == 64)
      #expect(outcome.errors.contains(shown), "\(arguments): \(outcome.errors)")
      #expect(!(outcome.errors + outcome.output).unicodeScalars.contains { $0 == "\u{1b}" || $0 == "\u{9b}" })
      #expect(!outcome.errors.split(separator: "\n").contains("scanout: c"))
    }
  }
}

import Display
import Foundation
import GuestDriver
import LinuxIO
import ScanoutTesting
import Testing
import VhostUser
import VirtioGPU

@Suite("scanout serve")
struct ServeTests {
  private let folder = TemporaryFolder.forSuite()

  private func connect() throws -> GPUDriver {
    let ram = try GuestRAM(count: 16 << 20)
    return try GPUDriver(
      VhostUserLink(FrontEnd.connect(to: folder.path("s"), timeout: .seconds(60)), ram: ram), ram: ram)
  }

  private func start(_ more: [String] = [], environment: [String: String] = [:]) throws -> Program.Running {
    let running = try Program.start(
      ["serve", "--socket-path", folder.path("s"), "--dump", folder.path("d")] + more, environment: environment)
    try #require(running.logs("waiting for a virtual machine"))
    return running
  }

  private func draw(_ driver: GPUDriver, red: UInt8) throws {
    let size = Size(width: 64, height: 48)
    let frame = try Framebuffer(driver, size: size, format: .b8g8r8x8)
    frame.surface.fill(Rectangle(size), with: Color(red: red, green: 0, blue: 0))
    try frame.show(on: 0)
    try frame.flush()
  }

  @Test(
    "prints its capabilities, as QEMU's back-end programs do",
    arguments: [
      ([], #""edid","resource-uuid","resource-blob","blob-alignment""#), (["--features", "none"], ""),
      (["--features", "edid"], #""edid""#), (["--features", "resource-blob,edid"], #""edid","resource-blob""#),
    ])
  func capabilities(options: [String], features: String) throws {
    let outcome = try Program.run(["serve", "--print-capabilities"] + options)
    #expect(outcome.status == 0)
    #expect(
      outcome.output
        == #"{"type":"gpu","features":["virgl","render-node"],"virtio-gpu-features":[\#(features)],"renderer":"2d"}"#
        + "\n")
  }

  @Test(
    "with a 3D renderer it offers contexts, whose kind guests choose",
    arguments: [["--renderer", "virgl"], ["--virgl"]])
  func drawingCapabilities(options: [String]) throws {
    let outcome = try Program.run(["serve", "--print-capabilities"] + options)
    #expect(outcome.status == 0)
    let features = #""virgl","edid","resource-uuid","resource-blob","context-init","blob-alignment""#
    #expect(
      outcome.output
        == #"{"type":"gpu","features":["virgl","render-node"],"virtio-gpu-features":[\#(features)],"#
        + #""renderer":"virgl"}"# + "\n")
  }

  @Test("where no 3D renderer can start, it does not promise the options for one")
  func noDrawingCapabilities() throws {
    let outcome = try Program.run(
      ["serve", "--print-capabilities"], environment: ["__EGL_VENDOR_LIBRARY_DIRS": "/nonexistent"])
    #expect(outcome.status == 0)
    #expect(outcome.output.hasPrefix(#"{"type":"gpu","features":[],"virtio-gpu-features":["edid","#))
  }

  @Test(
    "its log says what it offers",
    arguments: [
      ([], "edid,resource-uuid,resource-blob,blob-alignment"), (["--features", "edid"], "edid"),
      (["--features", "none"], "none"),
    ])
  func offers(options: [String], features: String) throws {
    let running = try start(options)
    #expect(running.errors.contains("the device offers \(features); renderer 2d"))
    running.process.terminate()
    #expect(running.finish().status == 0)
  }

  @Test(
    "one guest after the other is served, and a signal ends it with everything written",
    arguments: [SIGTERM, SIGINT, SIGHUP])
  func guests(signal: Int32) throws {
    let running = try start(["--output", "64x48"])
    for red in UInt8(1)...3 { try draw(connect(), red: red) }
    kill(running.process.processIdentifier, signal)
    #expect(running.finish().status == 0)
    let frames = try FileManager.default.contentsOfDirectory(atPath: folder.path("d/frames"))
    #expect(frames.sorted() == ["0-000001.png", "0-000002.png", "0-000003.png"])
    #expect(!FileManager.default.fileExists(atPath: folder.path("s")))
    let inspection = try Program.run(["inspect", folder.path("d")])
    #expect(inspection.output.contains("finished     yes"))
  }

  @Test("under nohup it continues when its terminal is closed")
  func ignoredHangup() throws {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = [
      "-c", "trap '' HUP; exec \"$0\" serve --socket-path \"$1\" --dump \"$2\" </dev/null", Program.url.path,
      folder.path("s"), folder.path("d"),
    ]
    let running = Program.Running(process)
    try process.run()
    try #require(running.logs("waiting for a virtual machine"))
    kill(process.processIdentifier, SIGHUP)
    // The signal was ignored: requests after it have responses.
    try draw(connect(), red: 1)
    process.terminate()
    let outcome = running.finish()
    #expect(process.terminationReason == .exit && outcome.status == 0)
    #expect(outcome.errors.contains("ending by SIGTERM") && !outcome.errors.contains("SIGHUP"), "\(outcome.errors)")
  }

  @Test(
    "a library that aborts the program leaves every frame readable, and the log says so", arguments: [SIGABRT, SIGSEGV])
  func aborted(signal: Int32) throws {
    let running = try start(["--output", "64x48"])
    let driver = try connect()
    for red in UInt8(1)...3 { try draw(driver, red: red) }
    // A frame is written after the response to its flush.
    let last = folder.path("d/frames/0-000003.png")
    for _ in 0..<6000 where !FileManager.default.fileExists(atPath: last) { usleep(10_000) }
    kill(running.process.processIdentifier, signal)
    let outcome = running.finish()
    #expect(running.process.terminationReason == .uncaughtSignal && outcome.status == signal)
    #expect(outcome.errors.contains("can be replayed and verified"))
    #expect(try Program.run(["replay", folder.path("d"), "--dump", folder.path("again")]).status == 0)
    #expect(FileManager.default.fileExists(atPath: folder.path("again/frames/0-000003.png")))
  }

  @Test("a guest with endless drawing loses its renderer after --max-drawing, and 2D continues")
  func endless() throws {
    let running = try start(["--output", "64x48", "--renderer", "virgl", "--max-drawing", "2"])
    guard !running.errors.contains("the renderer virgl cannot start") else { return }
    let driver = try connect()
    try draw(driver, red: 1)
    let frame = folder.path("d/frames/0-000001.png")
    for _ in 0..<6000 where !FileManager.default.fileExists(atPath: frame) { usleep(10_000) }
    try driver.send(ContextCreate(capset: 2), context: 1)
    let commands = VirglStream.endlessShader.bytes
    let response = try driver.send(request: Submit3D(size: UInt32(commands.count)).request(context: 1) + commands)
    #expect(response.type >= ResponseType.unspecified.rawValue)
    try #require(running.logs("warning: "), "\(running.errors)")
    // The guest's own images and the next guest are served; there is no other renderer in this process.
    try draw(driver, red: 2)
    #expect(throws: (any Error).self) { try driver.send(ContextCreate(capset: 2), context: 2) }
    running.process.terminate()
    let outcome = running.finish()
    #expect(running.process.terminationReason == .exit && outcome.status == 0, "\(outcome.errors)")
    #expect(try Program.run(["replay", folder.path("d"), "--dump", folder.path("again")]).status == 0)
    #expect(FileManager.default.fileExists(atPath: folder.path("again/frames/0-000002.png")))
  }

  @Test("where no 3D renderer can start, it says so and serves all the same", arguments: ["virgl", "venus"])
  func noRenderer(renderer: String) throws {
    let running = try start(
      ["--once", "--renderer", renderer], environment: ["__EGL_VENDOR_LIBRARY_DIRS": "/nonexistent"])
    try draw(connect(), red: 9)
    let outcome = running.finish()
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("the renderer \(renderer) cannot start"))
    #expect(outcome.errors.contains("so the guest gets 2d"))
  }

  @Test(
    "a disk that fills up ends the device with --when-full end, and what was written stays",
    .enabled(if: getuid() == 0))
  func diskFull() throws {
    // Safe: the words are read during the call only.
    try #require(unsafe mount("tmpfs", folder.path, "tmpfs", 0, "size=300k") == 0)
    defer { _ = unsafe umount2(folder.path, Int32(MNT_DETACH)) }
    let running = try start(["--output", "64x48", "--when-full", "end"])
    // As many frames as it takes; the response to one of them never comes.
    let failure = #expect(throws: (any Error).self) {
      let driver = try connect()
      for step in 0..<10_000 { try draw(driver, red: UInt8(step % 250)) }
    }
    #expect(failure != nil)
    let outcome = running.finish()
    try outcome.expectFullDisk(under: folder.path("d"))
  }

  @Test("a disk that fills up ends the recording early, and the guest goes on", .enabled(if: getuid() == 0))
  func diskFullGuestGoesOn() throws {
    // Safe: the words are read during the call only.
    try #require(unsafe mount("tmpfs", folder.path, "tmpfs", 0, "size=300k") == 0)
    defer { _ = unsafe umount2(folder.path, Int32(MNT_DETACH)) }
    try expectEarlyEnd([], "No space left on device")
  }

  @Test(
    "a dump that reaches its limit ends the recording early, and the guest goes on",
    arguments: [
      ("20frames", "its limit of 20 frames is reached"), ("60K", "its limit of 60 KiB is reached"),
      ("1G,20frames", "its limit of 20 frames is reached"),
    ])
  func maxDump(limit: String, sentence: String) throws {
    try expectEarlyEnd(["--max-dump", limit], sentence)
  }

  private func expectEarlyEnd(_ options: [String], _ sentence: String) throws {
    let running = try start(["--output", "64x48"] + options)
    do {
      let driver = try connect()
      var step = 0
      while !running.errors.contains("ends early"), step < 10_000 {
        try draw(driver, red: UInt8(step % 250))
        step += 1
      }
      for _ in 0..<30 { try draw(driver, red: 251) }
    }
    // The next guest is served as well.
    try draw(connect(), red: 252)
    running.process.terminate()
    let outcome = running.finish()
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("warning: the recording in \(folder.path("d")) ends early: "))
    #expect(outcome.errors.contains(sentence) && outcome.errors.contains("d/, which ended early: "))
    let inspection = try Program.run(["inspect", folder.path("d")])
    #expect(inspection.output.contains("the recording ended early: "), "\(inspection.output)")
    #expect(inspection.output.contains(sentence), "\(inspection.output)")
    #expect(FileManager.default.fileExists(atPath: folder.path("d/frames/0-000010.png")))
  }

  @Test("a dump that reaches its limit ends the device with --when-full end")
  func maxDumpEnds() throws {
    let running = try start(["--output", "64x48", "--max-dump", "20frames", "--when-full", "end"])
    #expect(throws: (any Error).self) {
      let driver = try connect()
      for step in 0..<10_000 { try draw(driver, red: UInt8(step % 250)) }
    }
    let outcome = running.finish()
    #expect(outcome.status == 74)
    #expect(outcome.errors.contains("its limit of 20 frames is reached"), "\(outcome.errors)")
    #expect(FileManager.default.fileExists(atPath: folder.path("d/frames/0-000020.png")))
    #expect(!FileManager.default.fileExists(atPath: folder.path("d/frames/0-000021.png")))
  }

  @Test("frames belong to their user alone, whatever the umask is")
  func modes() throws {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = [
      "-c", "umask 0; exec \"$0\" replay \"$1\" --dump \"$2\" 2>/dev/null", Program.url.path,
      Program.root.appending(path: "Fixtures/demo").path, folder.path("d"),
    ]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    for (name, mode) in [
      ("d", 0o700), ("d/frames", 0o700), ("d/frames/0-000001.png", 0o600), ("d/events.jsonl", 0o600),
    ] {
      let attributes = try FileManager.default.attributesOfItem(atPath: folder.path(name))
      #expect(attributes[.posixPermissions] as? Int == mode, "\(name)")
    }
  }

  @Test("with --once it ends with its guest")
  func once() throws {
    let running = try start(["--once"])
    try draw(connect(), red: 9)
    #expect(running.finish().status == 0)
  }

  @Test("with --fd it serves a connected virtual machine, and ends with it")
  func descriptor() throws {
    let (near, far) = try UnixSocket.makePair()
    // Children inherit what is not marked to be closed, by the same number.
    let inherited = dup(far.descriptor.rawValue)
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = [
      "-c", "exec \"$0\" serve --fd 3 --dump \"$1\" 3<&0 </dev/null", Program.url.path, folder.path("d"),
    ]
    process.standardInput = FileHandle(fileDescriptor: inherited, closeOnDealloc: true)
    process.standardError = FileHandle.nullDevice
    try process.run()
    let ram = try GuestRAM(count: 16 << 20)
    do {
      let driver = try GPUDriver(VhostUserLink(FrontEnd(near), ram: ram), ram: ram)
      try draw(driver, red: 5)
    }
    _ = shutdown(near.descriptor.rawValue, Int32(SHUT_RDWR))
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(FileManager.default.fileExists(atPath: folder.path("d/frames/0-000001.png")))
  }

  @Test("a peer that sends half a message does not delay its end; one that breaks the protocol is disconnected")
  func badPeers() throws {
    let running = try start()
    do {
      let half = try UnixSocket.connect(to: folder.path("s"))
      try half.send([1, 0, 0])
      #expect(running.logs("a virtual machine connected"))
    }
    #expect(running.logs("the front end"))
    let liar = try UnixSocket.connect(to: folder.path("s"))
    try liar.send([UInt8](repeating: 0xff, count: 4096))
    #expect(running.logs("broke the protocol"))
    try draw(connect(), red: 1)
    running.process.terminate()
    #expect(running.finish().status == 0)
  }

  @Test("with an idle guest it does not wake up")
  func idle() throws {
    let running = try start()
    let driver = try connect()
    try draw(driver, red: 1)
    // The frame is still being written; how long that takes depends on the machine.
    var before = try contextSwitches(running)
    let isQuiet = try (0..<10).contains { _ in
      Thread.sleep(forTimeInterval: 1)
      let after = try contextSwitches(running)
      defer { before = after }
      return after == before
    }
    #expect(isQuiet, "it wakes up every second")
    // The count would show it: the program goes to sleep again after a request.
    try driver.moveCursor(on: 0, to: .zero)
    let hasSlept = try (0..<500).contains { _ in
      Thread.sleep(forTimeInterval: 0.01)
      return try contextSwitches(running) > before
    }
    #expect(hasSlept)
    running.process.terminate()
    #expect(running.finish().status == 0)
  }

  @Test("it needs the memory of the guest's image, and of three more for the dump, however many frames come")
  func memory() throws {
    let running = try start(["--output", "1920x1080"])
    let driver = try connect()
    let before = try ownMemory(running)
    let size = Size(width: 1920, height: 1080)
    let frame = try Framebuffer(driver, size: size, format: .b8g8r8x8)
    try frame.show(on: 0)
    for step in UInt32(0)..<40 {
      frame.surface.fill(
        Rectangle(x: step * 8, y: step, width: 64, height: 64), with: Color(red: 200, green: 9, blue: 9))
      try frame.flush()
    }
    let image = 1920 * 1080 * 4 / 1024
    // The dump has the image that it writes, one that waits, and one that comes while it holds the device. The rest is what
    // compressing takes: a band of pixels and the file.
    #expect(try ownMemory(running) - before < 4 * image + image / 2)
    running.process.terminate()
    #expect(running.finish().status == 0)
  }

  /// Private memory of the program, in KiB.
  private func ownMemory(_ running: Program.Running) throws -> Int {
    let status = try String(contentsOfFile: "/proc/\(running.process.processIdentifier)/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") })
    return try #require(line.split(separator: " ").compactMap { Int($0) }.first)
  }

  /// How often all threads of the program have gone to sleep so far.
  private func contextSwitches(_ running: Program.Running) throws -> Int {
    let tasks = "/proc/\(running.process.processIdentifier)/task"
    return try FileManager.default.contentsOfDirectory(atPath: tasks).reduce(0) { sum, task in
      let status = try String(contentsOfFile: "\(tasks)/\(task)/status", encoding: .utf8)
      let line = status.split(separator: "\n").first { $0.hasPrefix("voluntary_ctxt_switches") }
      return sum + (line?.split(separator: "\t").last.flatMap { Int($0) } ?? 0)
    }
  }
}

import Display
import Foundation
import GuestDriver
import LinuxIO
import ScanoutTesting
import Testing
import VhostUser
import VirtioGPU

@Suite("scanout tap")
struct TapCommandTests {
  private let folder = TemporaryFolder.forSuite()

  /// Draws as a guest, through a tap, frame by frame: the next one when the one before is in the dump.
  private func draw(at path: String, dump: String) throws {
    let ram = try GuestRAM(count: 16 << 20)
    let link = try VhostUserLink(FrontEnd.connect(to: path, timeout: .seconds(60)), ram: ram)
    let driver = try GPUDriver(link, ram: ram)
    let frame = try Framebuffer(driver, size: driver.displayInfo()[0].size, format: .b8g8r8x8)
    func wait(for count: Int) {
      let deadline = Date(timeIntervalSinceNow: 60)
      while images(in: dump).count < count, Date() < deadline { Thread.sleep(forTimeInterval: 0.01) }
    }
    try frame.show(on: 0)
    // Over a display socket, a scanout that begins to show something has that at once, before its first flush.
    wait(for: 1)
    for number in 1...3 {
      frame.surface.fill(
        Rectangle(x: UInt32(number), y: 2, width: 30, height: 20), with: Color(red: UInt8(number), green: 99, blue: 7))
      try frame.flush()
      wait(for: number + 1)
    }
  }

  /// The different images of a dump, in the order of their frames.
  private func images(in dump: String) -> [Data] {
    let frames = "\(dump)/frames"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: frames).sorted()) ?? []
    return names.filter { $0.hasSuffix(".png") }.compactMap { FileManager.default.contents(atPath: "\(frames)/\($0)") }
  }

  @Test("frames through a tap are those without it, byte for byte, and both programs end with the guest")
  func frames() throws {
    let served = try Program.start([
      "serve", "--socket-path", folder.path("device"), "--output", "64x48", "--dump", folder.path("plain"), "--once",
    ])
    try #require(served.logs("waiting for a virtual machine"), "\(served.errors)")
    let tap = try Program.start([
      "tap", "--listen", folder.path("tap"), "--backend", folder.path("device"), "--output", "64x48", "--dump",
      folder.path("tapped"), "--once",
    ])
    try #require(tap.logs("waiting for a virtual machine"), "\(tap.errors)")
    try draw(at: folder.path("tap"), dump: folder.path("tapped"))
    let outcomes = [served.finish(), tap.finish()]
    for outcome in outcomes { #expect(outcome.status == 0, "\(outcome.errors)") }
    #expect(outcomes[1].errors.contains("the back end sends its frames"))
    #expect(images(in: folder.path("plain")).count == 3)
    #expect(images(in: folder.path("plain")) == images(in: folder.path("tapped")).suffix(3))
  }

  @Test("a program is started behind the tap, and the dump is judged at the end")
  func program() throws {
    let script = folder.path("device")
    let command = "exec '\(Program.url.path)' serve --discard --log-level warning \"$@\""
    try folder.write(Array("#!/bin/sh\n\(command)\n".utf8), to: "device")
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: script)
    for turn in 1...2 {
      let dump = folder.path("frames\(turn)")
      let tap = try Program.start(
        [
          "tap", "--listen", "tap", "--program", script, "--output", "64x48", "--dump", dump, "--once",
        ] + (turn == 2 ? ["--golden", "frames1/frames"] : []) + ["--", "--output", "64x48"],
        in: folder.path("."))
      try #require(tap.logs("waiting for a virtual machine"), "\(tap.errors)")
      try draw(at: folder.path("tap"), dump: dump)
      let outcome = tap.finish()
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.errors.contains("wrote 4 frames"), "\(outcome.errors)")
      #expect(outcome.output.contains("4 of 4 frames pass") == (turn == 2), "\(outcome.output)")
    }
  }

  @Test("without a back end, --once ends with a sentence that says what to do")
  func noBackEnd() throws {
    let script = folder.path("program")
    try folder.write(Array("#!/bin/sh\nexit 7\n".utf8), to: "program")
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: script)
    let cases: [(options: [String], sentence: String)] = [
      (["--backend", "nobody.sock"], "nothing listens at nobody.sock: start the back end there"),
      (["--backend", String(repeating: "x", count: 200)], "a path of 200 bytes where 1 to 107 fit"),
      (["--program", "/nowhere/back-end"], "there is no back-end program /nowhere/back-end"),
      (["--program", "/etc/passwd"], "the back-end program cannot be used"),
      (["--program", script], "the back-end program \(script) ended with exit code 7"),
    ]
    for (options, sentence) in cases {
      let tap = try Program.start(
        ["tap", "--listen", "t", "--dump", "frames", "--overwrite", "--once"] + options, in: folder.path("."))
      try #require(tap.logs("waiting for a virtual machine"), "\(tap.errors)")
      _ = try UnixSocket.connect(to: folder.path("t")).receive(1)
      let outcome = tap.finish()
      #expect(outcome.status == 74)
      #expect(outcome.errors.contains("error: \(sentence)") || outcome.errors.contains(sentence), "\(outcome.errors)")
    }
  }

  @Test("without --once it goes on after every virtual machine, and a signal ends it in order")
  func goesOn() throws {
    let tap = try Program.start(
      ["tap", "--listen", "t", "--backend", "nobody.sock", "--dump", "frames"], in: folder.path("."))
    try #require(tap.logs("waiting for a virtual machine"), "\(tap.errors)")
    for _ in 0..<3 { _ = try UnixSocket.connect(to: folder.path("t")).receive(1) }
    tap.process.terminate()
    let outcome = tap.finish()
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("t")))
  }

  @Test(
    "a wrong command line is refused with a sentence",
    arguments: [
      (["--listen", "t"], "give --backend PATH of its socket, or --program PATH, and not both"),
      (["--listen", "t", "--backend", "b", "--program", "p"], "and not both"),
      (["--listen", "t", "--backend", "b", "--", "--fast"], "add --program PATH"),
      (["--listen", "t", "--backend", "t"], "--listen and --backend have the same path t"),
      (["--backend", "b"], "--listen"),
      (["--listen", "t", "--backend", "b", "--golden", "g"], "add --dump FOLDER"),
      (["--listen", "t", "--backend", "b"] + (1...17).flatMap { _ in ["--output", "64x64"] }, "at most 16"),
      (["--listen", "t", "--backend", "b", "--pace", "0"], "--pace"),
      (["--listen", "t", "--backend", "b", "--discard", "--dump", "d"], "--discard keeps no frame"),
      (["--listen", "d/t", "--backend", "b", "--dump", "d"], "is inside"),
    ] as [([String], String)])
  func refused(arguments: [String], sentence: String) throws {
    let outcome = try Program.run(["tap"] + arguments)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
  }
}

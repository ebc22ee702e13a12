import ControlSocket
import Display
import Foundation
import GuestDriver
import LinuxIO
import ScanoutTesting
import Testing
import VhostUser
import VirtioGPU

@testable import scanout

@Suite("scanout ctl", .timeLimit(.minutes(5)))
struct CtlTests {
  private let folder = TemporaryFolder.forSuite()

  private func start(_ more: [String]) throws -> Program.Running {
    let running = try Program.start(
      ["serve", "--socket-path", folder.path("s"), "--control", folder.path("c"), "--discard"] + more)
    try #require(running.logs("waiting for a virtual machine"), "\(running.errors)")
    return running
  }

  private func ctl(_ words: String...) throws -> Program.Outcome {
    try Program.run(["ctl", folder.path("c")] + words)
  }

  /// Expects success, and the events.
  private func expect(
    _ words: [String], from guest: InputGuest, _ events: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let outcome = try Program.run(["ctl", folder.path("c")] + words)
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)", sourceLocation: sourceLocation)
    #expect(try guest.take() == events, sourceLocation: sourceLocation)
  }

  private func end(_ running: Program.Running) {
    running.process.terminate()
    #expect(running.finish().status == 0)
  }

  @Test("a folder of sockets has all four devices, and each gets what it is told before the command ends")
  func devices() throws {
    let running = try start(["--input-sockets", folder.path("in"), "--output", "640x480", "--output", "800x600"])
    func guest(_ name: String) throws -> InputGuest {
      let guest = try InputGuest(at: folder.path("in/\(name).sock"))
      #expect(running.logs("the guest listens to the \(name)"))
      return guest
    }
    let (keyboard, tablet, mouse) = (try guest("keyboard"), try guest("tablet"), try guest("mouse"))
    let touch = try guest("touch")
    try expect(["key", "ctrl-alt-f2"], from: keyboard, ["1:29=1", "1:56=1", "1:60=1", "1:60=0", "1:56=0", "1:29=0"])
    try expect(
      ["type", "a?\n"], from: keyboard,
      [
        "1:30=1", "1:30=0", "1:42=1", "1:53=1", "1:53=0", "1:42=0", "1:28=1", "1:28=0",
      ])
    // The desktop has 1440 by 600 pixels, and 2^20 values either way.
    func value(_ pixel: Int, of count: Int) -> Int { (2 * pixel + 1) * (1 << 20) / (2 * count) }
    let position = ["3:0=\(value(640 + 799, of: 1440))", "3:1=\(value(599, of: 600))"]
    try expect(
      ["click", "799,599", "--scanout", "1", "--button", "right"], from: tablet, position + ["1:273=1", "1:273=0"])
    try expect(["move", "0,0"], from: tablet, ["3:0=\(value(0, of: 1440))", "3:1=\(value(0, of: 600))"])
    try expect(["scroll", "-3"], from: tablet, ["2:8=-3", "2:11=-360"])
    try expect(["scroll", "0", "--horizontal", "0.5"], from: tablet, ["2:12=60"])
    let point = ["\(value(5, of: 1440))", "\(value(6, of: 600))"]
    try expect(
      ["touch", "5,6"], from: touch,
      [
        "3:47=0", "3:57=0", "3:53=\(point[0])", "3:54=\(point[1])", "1:330=1", "3:0=\(point[0])", "3:1=\(point[1])",
        "3:47=0", "3:57=-1", "1:330=0",
      ])
    #expect(try mouse.take().isEmpty)
    // With a guest of the GPU, positions are pixels of what it shows.
    let ram = try GuestRAM(count: 16 << 20)
    let driver = try GPUDriver(VhostUserLink(FrontEnd.connect(to: folder.path("s")), ram: ram), ram: ram)
    let frame = try Framebuffer(driver, size: Size(width: 64, height: 48), format: .b8g8r8x8)
    try frame.show(on: 0)
    try expect(["move", "63,47"], from: tablet, ["3:0=\(value(63, of: 64))", "3:1=\(value(47, of: 48))"])
    #expect(try ctl("move", "64,0").errors.contains("64,0 is outside of scanout 0, which shows 64x48"))
    #expect(try ctl("click", "1,1", "--scanout", "1").errors.contains("scanout 1 shows nothing to point at"))
    end(running)
    for name in ["keyboard", "tablet", "mouse", "touch"] {
      #expect(!FileManager.default.fileExists(atPath: folder.path("in/\(name).sock")))
    }
  }

  @Test("a long text goes to a guest with a small queue, in order and whole")
  func longText() throws {
    let running = try start(["--keyboard-socket", folder.path("k")])
    let guest = try InputGuest(at: folder.path("k"), buffers: 4)
    #expect(running.logs("the guest listens to the keyboard"))
    let text = String(repeating: "the quick brown fox jumps over the lazy dog. ", count: 3)
    let process = Program.prepare(["ctl", folder.path("c"), "type", text])
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    var seen: [String] = []
    while seen.count < 2 * text.count {
      try #require(try guest.wait())
      seen += try guest.take()
    }
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let codes = try KeyboardLayout.us.strokes(for: text).map { $0.key.rawValue }
    #expect(seen == codes.flatMap { ["1:\($0)=1", "1:\($0)=0"] })
    end(running)
  }

  @Test("front ends of input devices come and go, and the GPU's stays")
  func comeAndGo() throws {
    let running = try start(["--keyboard-socket", folder.path("k"), "--once"])
    let ram = try GuestRAM(count: 16 << 20)
    let driver = try GPUDriver(VhostUserLink(FrontEnd.connect(to: folder.path("s")), ram: ram), ram: ram)
    for _ in 0..<3 {
      let guest = try InputGuest(at: folder.path("k"))
      #expect(try driver.displayInfo()[0].isEnabled)
      while try ctl("key", "a").status != 0 {}
      #expect(try guest.take() == ["1:30=1", "1:30=0"])
    }
    #expect(try driver.displayInfo()[0].isEnabled)
    end(running)
  }

  @Test(
    "what cannot be done says why: nothing served, nobody listening, a guest that takes nothing, an unknown character")
  func errors() throws {
    let running = try start(["--keyboard-socket", folder.path("k")])
    for (words, reason) in [
      (["click", "1,1"], "no tablet is served: start scanout serve with --tablet-socket PATH"),
      (["scroll", "1"], "no tablet or mouse is served"), (["touch", "1,1"], "no touch is served"),
      (["key", "a"], "the guest does not listen to the keyboard"),
      (["type", "naïve"], "\"ï\" is not on the keyboard layout"),
    ] {
      let outcome = try Program.run(["ctl", folder.path("c")] + words)
      #expect(outcome.status == 74 && outcome.errors.contains(reason), "\(outcome.errors)")
    }
    let guest = try InputGuest(at: folder.path("k"), buffers: 4)
    #expect(running.logs("the guest listens to the keyboard"))
    let outcome = try ctl("key", "a", "b", "c", "--json")
    #expect(outcome.status == 74)
    #expect(outcome.output.contains("within 5 s: is it stopped?"), "\(outcome.output)")
    // What it has taken are whole strokes, once it takes the rest.
    var seen: [String] = []
    while seen.count < 4 {
      try #require(try guest.wait())
      seen += try guest.take()
    }
    #expect(seen == ["1:30=1", "1:30=0", "1:48=1", "1:48=0"])
    end(running)
  }

  @Test(
    "wrong arguments are refused with what is right",
    arguments: [
      (["ctl", "c", "key", "ctrl-quit"], "<keys>"), (["ctl", "c", "key", "a-a"], "<keys>"),
      (["ctl", "c", "key"], "<keys>"),
      (["ctl", "c", "click", "5"], "X,Y"), (["ctl", "c", "click", "5,5", "--button", "up"], "left"),
      (["ctl", "c", "scroll", "much"], "-1000 to 1000"), (["ctl", "c", "scroll", "1001"], "-1000 to 1000"),
      (["ctl", "c", "scroll", "1", "2"], "-1000 to 1000"), (["ctl", "c", "dance"], "ctl"),
      (["serve", "--socket-path", "s", "--keyboard-socket", "s"], "--keyboard-socket s is the same place as"),
      (["serve", "--guest", "a=s", "--guest", "b=t", "--touch-socket", "u"], "give --input-sockets"),
    ])
  func usage(arguments: [String], words: String) throws {
    let outcome = try Program.run(arguments)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains(words), "\(outcome.errors)")
  }

  @Test("the socket may come after the subcommand as well")
  func order() {
    #expect(["ctl", "key", "c", "a"] == Ctl.reordered(["ctl", "c", "key", "a"]))
    for words in [["ctl", "key", "c", "a"], ["ctl", "--help"], ["ctl", "c"], ["output", "c", "key"], []] {
      #expect(Ctl.reordered(words) == words)
    }
  }
}

import ControlSocket
import Display
import Foundation
import GuestDriver
import LinuxIO
import ScanoutTesting
import Testing
import VhostUser
import VirtioGPU

@Suite("scanout output", .timeLimit(.minutes(5)))
struct ChangeOutputsTests {
  private let folder = TemporaryFolder.forSuite()

  private func start(_ more: [String] = []) throws -> Program.Running {
    let running = try Program.start(
      ["serve", "--socket-path", folder.path("s"), "--control", folder.path("c"), "--dump", folder.path("d")] + more)
    try #require(running.logs("waiting for a virtual machine"))
    return running
  }

  /// A guest that is notified of changes of its outputs.
  private func connect() throws -> (driver: GPUDriver, frontEnd: FrontEnd) {
    let ram = try GuestRAM(count: 16 << 20)
    let link = try VhostUserLink(FrontEnd.connect(to: folder.path("s")), ram: ram)
    try link.frontEnd.openBackEndChannel()
    return (try GPUDriver(link, ram: ram), link.frontEnd)
  }

  private func output(_ command: String, _ more: String...) throws -> Program.Outcome {
    try Program.run(["output", command, folder.path("c")] + more)
  }

  @Test("a guest is notified of each change, and sees it in its event, display information and EDID")
  func changes() throws {
    let running = try start(["--output", "640x480", "--connectors", "3"])
    let (driver, frontEnd) = try connect()
    #expect(try driver.link.configuration(count: 16)[8] == 3)
    func learn() throws -> [Output] {
      #expect(try frontEnd.waitForConfigurationChange(within: .seconds(10)))
      let info = try driver.displayInfo()
      for (scanout, output) in info.prefix(3).enumerated() {
        #expect(try driver.edid(of: scanout).isEmpty == !output.isEnabled)
      }
      #expect(try driver.takeEvents() == 1)
      return info
    }

    var outcome = try output("add", "1280x720@75")
    #expect(outcome.output == "output 1: 1280x720 at 75 Hz, at 640,0; the guest shows nothing\n")
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    #expect(try learn()[1].size == Size(width: 1280, height: 720))

    outcome = try output("resize", "0", "1003x601")
    #expect(outcome.output.hasPrefix("output 0: 1003x601 at 60 Hz, at 0,0"))
    let info = try learn()
    #expect(info[0].size == Size(width: 1003, height: 601))
    #expect(info[1].position == Point(x: 1003, y: 0))

    outcome = try output("move", "1", "--at", "-1280,-7")
    #expect(outcome.output.hasPrefix("output 1: 1280x720 at 75 Hz, at -1280,-7"))
    #expect(try learn()[1].position == Point(x: -1280, y: -7))

    outcome = try output("remove", "0")
    #expect(outcome.output == "output 0: not connected\n")
    #expect(try !learn()[0].isEnabled)

    #expect(running.logs("output 0: not connected"))
    running.process.terminate()
    #expect(running.finish().status == 0)
    #expect(!FileManager.default.fileExists(atPath: folder.path("c")))
  }

  @Test("the list has all outputs and what the guest shows on them, as text and as JSON")
  func list() throws {
    let running = try start()
    let (driver, _) = try connect()
    let frame = try Framebuffer(driver, size: Size(width: 64, height: 48), format: .b8g8r8x8)
    try frame.show(on: 0)
    let lines = try output("list").output.split(separator: "\n")
    #expect(lines.count == 16)
    #expect(lines.first == "output 0: 1280x800 at 60 Hz, at 0,0; the guest shows 64x48")
    #expect(lines.last == "output 15: not connected")
    let json = try output("list", "--json").output
    struct OutputsResponse: Decodable { let outputs: [OutputState] }
    let states = try JSONDecoder().decode(OutputsResponse.self, from: Data(json.utf8)).outputs
    #expect(states.map(\.connected) == [true] + Array(repeating: false, count: 15))
    #expect(states.first?.shows == Size(width: 64, height: 48))
    running.process.terminate()
    #expect(running.finish().status == 0)
  }

  @Test("without a guest, or without a way to notify it, the change is made and a message says so")
  func unnotified() throws {
    let running = try start()
    #expect(try output("add", "640x480").errors.contains("there is no guest"))
    let ram = try GuestRAM(count: 16 << 20)
    let driver = try GPUDriver(VhostUserLink(FrontEnd.connect(to: folder.path("s")), ram: ram), ram: ram)
    #expect(try driver.displayInfo()[1].isEnabled)
    let outcome = try output("remove", "1")
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("the guest could not be notified"))
    #expect(running.logs("the guest could not be notified"))
    #expect(try !driver.displayInfo()[1].isEnabled)
    running.process.terminate()
    #expect(running.finish().status == 0)
  }

  @Test("a refused change says what is allowed")
  func refusals() throws {
    let running = try start(["--connectors", "1"])
    for (arguments, words) in [
      (["add", "640x480"], "serve again with --connectors 2"), (["remove", "4"], "there is no output 4"),
      (["move", "0", "--at", "2000000,0"], "too far away"), (["resize", "1", "640x480"], "there is no output 1"),
    ] {
      let outcome = try Program.run(["output", arguments[0], folder.path("c")] + arguments.dropFirst())
      #expect(outcome.status != 0 && outcome.output.isEmpty)
      #expect(outcome.errors.contains(words), "\(arguments) says: \(outcome.errors)")
    }
    let stray = try Program.run(["output", "list", folder.path("s")])
    #expect(stray.status == 74)
    #expect(stray.errors.contains("--control names, and not the virtual machine's"), "\(stray.errors)")
    running.process.terminate()
    #expect(running.finish().status == 0)
    let outcome = try output("list")
    #expect(outcome.status == 74)
    #expect(outcome.errors.contains("no process listens at \(folder.path("c"))"))
  }

  @Test(
    "wrong arguments are refused with what is right",
    arguments: [
      (["output", "add", "c", "31x480"], "WxH"), (["output", "move", "c", "1", "--at", "5"], "X,Y"),
      (["output", "move", "c", "1"], "--at"), (["output", "remove", "c", "first"], "output"),
      (["serve", "--socket-path", "s", "--control", "s"], "two paths"),
      (["serve", "--socket-path", "s", "--connectors", "17"], "from 1"),
      (["serve", "--socket-path", "s", "--connectors", "0"], "to 16"),
      (["serve", "--socket-path", "s", "--output", "64x64", "--output", "64x64", "--connectors", "1"], "from 2"),
    ])
  func usage(arguments: [String], words: String) throws {
    let outcome = try Program.run(arguments)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains(words))
  }

  @Test("eight silent clients do not keep others from changing outputs, and are disconnected after ten seconds")
  func silentClients() throws {
    let running = try start()
    let silent = try (0..<8).map { _ in try UnixSocket.connect(to: folder.path("c")) }
    #expect(try output("add", "640x480").status == 0)
    // The first had to make room, if its time was not over before, and the others have their time.
    for (socket, sentences) in zip(
      silent.prefix(2), [["another program needs the place", "within 10 s"], ["within 10 s"]])
    {
      var received: [UInt8] = []
      while try socket.descriptor.wait(for: .readable, timeoutMilliseconds: 120_000) {
        let part = try socket.receive(4096)
        if part.isEnd { break }
        received += part.bytes
      }
      let words = String(decoding: received, as: UTF8.self)
      #expect(sentences.contains { words.contains($0) }, "\(words)")
    }
    running.process.terminate()
    #expect(running.finish().status == 0)
  }

  @Test("while the program is out of descriptors, a client of the control socket waits")
  func noDescriptors() throws {
    let running = try start()
    func setLimit(_ limit: String) throws {
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/prlimit")
      process.arguments = ["--pid", "\(running.process.processIdentifier)", "--nofile=\(limit):"]
      try process.run()
      process.waitUntilExit()
      try #require(process.terminationStatus == 0)
    }
    // No new descriptor has a number below this.
    try setLimit("3")
    let waiting = try UnixSocket.connect(to: folder.path("c"))
    #expect(running.logs("Too many open files"), "\(running.errors)")
    try setLimit("256")
    #expect(try output("list").status == 0)
    withExtendedLifetime(waiting) {}
    running.process.terminate()
    #expect(running.finish().status == 0)
  }

  @Test("a control socket in use is not taken over, and nothing is left behind")
  func inUse() throws {
    let running = try start()
    let second = try Program.run([
      "serve", "--socket-path", folder.path("s2"), "--control", folder.path("c"), "--dump", folder.path("d2"),
    ])
    #expect(second.status == 74)
    #expect(second.errors.contains("where another program listens"))
    #expect(!FileManager.default.fileExists(atPath: folder.path("d2")))
    #expect(!FileManager.default.fileExists(atPath: folder.path("s2")))
    #expect(try output("list").status == 0)
    running.process.terminate()
    #expect(running.finish().status == 0)
  }
}

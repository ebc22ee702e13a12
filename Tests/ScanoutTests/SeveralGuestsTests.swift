import Display
import Foundation
import GuestDriver
import LinuxIO
import ScanoutTesting
import Testing
import VhostUser
import VirtioGPU

/// Each guest of `serve --guest` has a device in a process of its own.
@Suite("scanout serve --guest")
struct SeveralGuestsTests {
  private let folder = TemporaryFolder.forSuite()

  /// Starts the device of the guests `one` and `two`, and waits until both are there.
  private func serve(_ more: [String] = []) throws -> Program.Running {
    let running = try Program.start(
      [
        "serve", "--guest", "one=\(folder.path("1"))", "--guest", "two=\(folder.path("2")),output=320x200", "--dump",
        folder.path("frames"), "--output", "64x48",
      ] + more, in: folder.path(""))
    for name in ["one", "two"] {
      try #require(running.logs("scanout: \(name): waiting for a virtual machine"), "\(running.errors)")
    }
    return running
  }

  /// A guest that fills its output with one colour and shows it.
  private final class DrawingGuest {
    private let link: VhostUserLink
    private let frame: Framebuffer
    let output: Size

    init(at path: String) throws {
      let ram = try GuestRAM(count: 16 << 20)
      link = try VhostUserLink(FrontEnd.connect(to: path, timeout: .seconds(60)), ram: ram)
      let driver = try GPUDriver(link, ram: ram)
      let information = try driver.displayInfo()
      output = information[0].size
      frame = try Framebuffer(driver, size: output, format: .b8g8r8x8)
      try frame.show(on: 0)
    }

    func draw(_ level: UInt8) throws {
      frame.surface.fill(Rectangle(frame.surface.size), with: Color(red: level, green: 0, blue: 0))
      try frame.flush()
    }
  }

  /// The processes that `process` started.
  private func children(of process: Int32) throws -> [String: Int32] {
    let text = try String(contentsOfFile: "/proc/\(process)/task/\(process)/children", encoding: .utf8)
    var names: [String: Int32] = [:]
    for number in text.split(separator: " ").compactMap({ Int32($0) }) {
      let words = try String(contentsOfFile: "/proc/\(number)/cmdline", encoding: .utf8).split(separator: "\0")
      guard let index = words.firstIndex(of: "--guest-name") else { continue }
      names[String(words[index + 1])] = number
    }
    return names
  }

  /// Processor time of a process so far, in seconds.
  private func processorTime(of process: Int32) throws -> Double {
    let text = try String(contentsOfFile: "/proc/\(process)/schedstat", encoding: .utf8)
    return (Double(text.prefix { $0 != " " }) ?? 0) / 1e9
  }

  @Test("two guests have outputs and recordings of their own")
  func apart() throws {
    let running = try serve()
    let (one, two) = (try DrawingGuest(at: folder.path("1")), try DrawingGuest(at: folder.path("2")))
    #expect(one.output == Size(width: 64, height: 48))
    #expect(two.output == Size(width: 320, height: 200))
    for level in UInt8(1)...3 { try one.draw(level) }
    try two.draw(9)
    running.process.terminate()
    #expect(running.finish().status == 0, "\(running.errors)")
    #expect(FileManager.default.fileExists(atPath: folder.path("frames/one/frames/0-000003.png")))
    #expect(FileManager.default.fileExists(atPath: folder.path("frames/two/frames/0-000001.png")))
    #expect(!FileManager.default.fileExists(atPath: folder.path("frames/two/frames/0-000002.png")))
  }

  @Test("a device that is killed leaves the other guest's alone, and makes the exit code 70")
  func killed() throws {
    let running = try serve()
    let (one, two) = (try DrawingGuest(at: folder.path("1")), try DrawingGuest(at: folder.path("2")))
    try one.draw(1)
    try two.draw(1)
    let victim = try #require(try children(of: running.process.processIdentifier)["one"])
    kill(victim, SIGKILL)
    try #require(running.logs("the device of one was killed by signal 9"), "\(running.errors)")
    for level in UInt8(2)...5 { try two.draw(level) }
    // What has ended does not keep the supervisor busy.
    let before = try processorTime(of: running.process.processIdentifier)
    usleep(500_000)
    #expect(try processorTime(of: running.process.processIdentifier) - before < 0.25)
    running.process.terminate()
    #expect(running.finish().status == 70)
    #expect(FileManager.default.fileExists(atPath: folder.path("frames/two/frames/0-000005.png")))
    withExtendedLifetime(one) {}
  }

  @Test("devices end when the program that started them is killed")
  func orphans() throws {
    let running = try serve()
    let devices = try children(of: running.process.processIdentifier)
    #expect(Set(devices.keys) == ["one", "two"])
    kill(running.process.processIdentifier, SIGKILL)
    running.process.waitUntilExit()
    for path in ["1", "2"].map(folder.path) {
      // The path goes when its device has ended in order.
      for _ in 0..<6000 where FileManager.default.fileExists(atPath: path) { usleep(10_000) }
      #expect(!FileManager.default.fileExists(atPath: path))
    }
  }

  @Test("goldens are those of each guest, and a difference of one fails the run")
  func goldens() throws {
    let running = try serve()
    try DrawingGuest(at: folder.path("1")).draw(1)
    try DrawingGuest(at: folder.path("2")).draw(2)
    running.process.terminate()
    #expect(running.finish().status == 0, "\(running.errors)")
    for name in ["one", "two"] {
      try FileManager.default.createDirectory(
        atPath: folder.path("goldens"), withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: folder.path("frames/\(name)/frames"), toPath: folder.path("goldens/\(name)"))
    }
    for (level, status) in [(UInt8(2), Int32(0)), (3, 1)] {
      let second = try serve(["--overwrite", "--golden", folder.path("goldens")])
      try DrawingGuest(at: folder.path("1")).draw(1)
      try DrawingGuest(at: folder.path("2")).draw(level)
      second.process.terminate()
      let outcome = second.finish()
      #expect(outcome.status == status, "\(outcome.errors)")
    }
    #expect(FileManager.default.fileExists(atPath: folder.path("scanout-results/two/diff/0-000001.png")))
    #expect(!FileManager.default.fileExists(atPath: folder.path("scanout-results/one/diff")))
  }

  @Test(
    "a guest without a socket, with a bad name, with an option that all guests share or with a bad value is refused",
    arguments: [
      "one", "one=", "=1", "../one=1", "a b=1", "one=1,dump=x", "one=1,output", "one=1,output=0x0", "one=1,pace=soon",
    ])
  func bad(argument: String) throws {
    #expect(try Program.run(["serve", "--guest", argument], in: folder.path("")).status == 64)
    #expect(!FileManager.default.fileExists(atPath: folder.path("1")))
  }

  @Test("goldens that are missing are an error before anything is made")
  func missingGoldens() throws {
    let outcome = try Program.run(
      ["serve", "--guest", "a=1", "--dump", "frames", "--golden", "goldens"], in: folder.path(""))
    #expect(outcome.status == 74, "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("frames")))
  }

  @Test("two guests need two names, two sockets, and no other socket option")
  func conflicts() throws {
    #expect(
      try Program.run(["serve", "--guest", "a=1", "--guest", "a=2"]).errors.contains("Two guests have the name a"))
    #expect(try Program.run(["serve", "--guest", "a=1", "--guest", "b=1"]).status == 64)
    #expect(try Program.run(["serve", "--guest", "a=1", "--socket-path", "2"]).status == 64)
  }
}

import Display
import Foundation
import GuestDriver
import LinuxIO
import ScanoutTesting
import Testing
import VhostUser

@Suite("scanout serve with a command")
struct GuestCommandTests {
  private let folder = TemporaryFolder.forSuite()

  /// Serves a command with a dump. `folder`: where results of a comparison go.
  private func serve(_ options: [String], _ command: [String]) throws -> Program.Running {
    try Program.start(
      ["serve", "--dump", folder.path("out"), "--output", "64x48"] + options + ["--"] + command, in: folder.path)
  }

  private var events: String { (try? String(contentsOfFile: folder.path("out/events.jsonl"), encoding: .utf8)) ?? "" }

  /// Waits until the log of events has `words`.
  private func waitForEvents(_ words: String) {
    let deadline = Date(timeIntervalSinceNow: 60)
    while !events.contains(words), Date() < deadline { usleep(5000) }
    #expect(events.contains(words))
  }

  /// A guest of the test's own, at the socket `s`.
  private func connect() throws -> (GPUDriver, VhostUserLink) {
    let ram = try GuestRAM(count: 16 << 20)
    let link = try VhostUserLink(FrontEnd.connect(to: folder.path("s"), timeout: .seconds(60)), ram: ram)
    return (try GPUDriver(link, ram: ram), link)
  }

  @Test("is one command for a test: the guest is started at a private socket, judged, and nothing is left")
  func wholeTest() throws {
    let guest = [Program.url.path, "bench", "--backend", "{socket}", "--size", "64x48", "--seconds", "0.01"]
    let missing = try serve(["--golden", folder.path("goldens"), "--frame", "picture=first"], guest)
    // Goldens that are not there are an error before anything is started.
    #expect(missing.finish().status == 74)
    #expect(!FileManager.default.fileExists(atPath: folder.path("out")))
    #expect(try serve([], guest).finish().status == 0)
    let export = ["export", folder.path("out"), "--frame", "picture=first", "--to", folder.path("goldens")]
    #expect(try Program.run(export).status == 0)
    let passed = try serve(
      ["--overwrite", "--golden", folder.path("goldens"), "--frame", "picture=first"], guest
    ).finish()
    #expect(passed.status == 0, "\(passed.output) \(passed.errors)")
    // The command's output is passed on, and the verdict follows it.
    #expect(passed.output.contains("64x48"))
    #expect(passed.output.contains("1 of 1 frame passes"))
    let other = try serve(
      ["--overwrite", "--golden", folder.path("goldens"), "--frame", "other=first"], guest
    ).finish()
    #expect(other.status == 5, "\(other.output)")
    #expect(Self.temporarySockets(of: other) == [])
  }

  /// The folders of private sockets that are named in what a program printed and still exist.
  private static func temporarySockets(of outcome: Program.Outcome) -> [String] {
    outcome.errors.split(whereSeparator: \.isWhitespace).map(String.init)
      .filter { $0.contains("/scanout-") && $0.hasSuffix("gpu.sock") && FileManager.default.fileExists(atPath: $0) }
  }

  @Test("sets labels by lines of the command's output, which select the frame that was shown then")
  func labels() throws {
    // Safe: the path is only read.
    unsafe mkfifo(folder.path("go"), 0o600)
    // Safe: as above.
    unsafe mkfifo(folder.path("end"), 0o600)
    let running = try serve(
      ["--socket-path", folder.path("s"), "--label-on", "login:", "--label-on", "up=^UP in [0-9]+ s"],
      ["sh", "-c", "cat go; printf 'debian login: '; echo 'UP in 3 s' >&2; cat end; exit 3"])
    #expect(running.logs("waiting for a virtual machine"))
    do {
      let (driver, _) = try connect()
      let frame = try Framebuffer(driver, size: Size(width: 64, height: 48), format: .b8g8r8x8)
      try frame.show(on: 0)
      try frame.flush()
      waitForEvents("0-000001.png")
      try "".write(toFile: folder.path("go"), atomically: false, encoding: .utf8)
      waitForEvents(#""label":"login:""#)
      waitForEvents(#""label":"up""#)
      frame.surface.fill(Rectangle(x: 0, y: 0, width: 9, height: 9), with: Color(red: 200, green: 10, blue: 10))
      try frame.flush()
      waitForEvents("0-000002.png")
    }
    try "".write(toFile: folder.path("end"), atomically: false, encoding: .utf8)
    let outcome = running.finish()
    #expect(outcome.status == 0)
    #expect(outcome.output == "debian login: ")
    #expect(outcome.errors.contains("UP in 3 s\n"))
    #expect(outcome.errors.contains("warning: sh ended with exit code 3"))
    let exported = try Program.run([
      "export", folder.path("out"), "--frame", "login=label:login:", "--frame", "up=label:up", "--frame", "end=last",
      "--to",
      folder.path("goldens"),
    ])
    #expect(exported.output.contains("login.png: frame 0-000001"), "\(exported.output)")
    #expect(exported.output.contains("up.png: frame 0-000001"))
    #expect(exported.output.contains("end.png: frame 0-000002"))
  }

  @Test("ends with --until-reached as soon as every selected frame was reached, and judges them")
  func untilReached() throws {
    try FileManager.default.createDirectory(atPath: folder.path("goldens"), withIntermediateDirectories: false)
    let running = try serve(
      [
        "--socket-path", folder.path("s"), "--golden", folder.path("goldens"), "--until-reached", "--frame",
        "still=settled:200ms", "--frame", "one=first",
      ], ["sleep", "1000"])
    #expect(running.logs("waiting for a virtual machine"))
    let (driver, link) = try connect()
    let frame = try Framebuffer(driver, size: Size(width: 64, height: 48), format: .b8g8r8x8)
    try frame.show(on: 0)
    try frame.flush()
    // The guest stays.
    let outcome = withExtendedLifetime(link) { running.finish() }
    #expect(outcome.status == 2, "\(outcome.errors)")
    #expect(outcome.errors.contains("every selected frame was reached"))
    #expect(outcome.errors.contains("sleep was ended"))
    #expect(outcome.output.contains("0 of 2 frames pass; 2 without a golden"), "\(outcome.output)")
  }

  @Test("ends a command that does not end in time, with all its processes, and says so")
  func timeout() throws {
    let outcome = try serve(
      ["--timeout", "1", "--socket-path", folder.path("s")],
      ["sh", "-c", "echo $$; sleep 1000 & wait"]
    ).finish()
    #expect(outcome.status == 5)
    #expect(outcome.errors.contains("error: sh did not end within 1 second, and was ended"))
    let group = try #require(Int32(outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)))
    #expect(Self.living(in: group) == [])
  }

  /// The processes of a group that have not ended. Those that nobody has waited for yet have.
  private static func living(in group: Int32) -> [String] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return all.filter { process in
      guard Int32(process) != nil, let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
      else {
        return false
      }
      // Behind the name in parentheses: the state, the parent, the group.
      let words = text.split(separator: ")").last?.split(separator: " ") ?? []
      return words.count > 2 && words[0] != "Z" && words[2] == "\(group)"
    }
  }

  @Test("ends the command when the device is asked to end")
  func signalled() throws {
    let running = try serve(["--socket-path", folder.path("s")], ["sh", "-c", "echo $$ >&2; exec sleep 1000"])
    #expect(running.logs("started sh"))
    running.process.terminate()
    let outcome = running.finish()
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("sh was ended"))
  }

  @Test("a command that cannot be started ends the run with a sentence")
  func unstartable() throws {
    let outcome = try serve([], ["no-such-program", "{socket}"]).finish()
    #expect(outcome.status == 74)
    #expect(outcome.errors.contains("error: start no-such-program: No such file or directory"), "\(outcome.errors)")
  }

  @Test(
    "is refused where it makes no sense",
    arguments: [
      (["--", "qemu"], "put {socket} where it belongs"), (["--timeout", "5", "--socket-path", "s"], "add -- COMMAND"),
      (["--label-on", "x", "--socket-path", "s"], "add -- COMMAND"),
      (["--timeout", "0", "--", "a{socket}"], "Invalid --timeout 0"),
      (["--fd", "3", "--", "a{socket}"], "leave out --fd and --guest"),
      (["--until-reached", "--socket-path", "s"], "add --frame NAME=SELECTOR"),
      (
        ["--until-reached", "--socket-path", "s", "--golden", "g", "--frame", "a=last"],
        "cannot reach a=last: the last frame is known at the end only"
      ),
      (["--label-on", "a=(", "--", "a{socket}"], "has no valid regular expression"),
    ])
  func refused(arguments: [String], sentence: String) throws {
    let outcome = try Program.run(["serve", "--dump", folder.path("out")] + arguments, in: folder.path)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("out")))
  }
}

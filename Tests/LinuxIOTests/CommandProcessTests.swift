import Glibc
import LinuxIO
import Synchronization
import Testing

/// Bytes that a thread adds to.
private final class Bytes: Sendable {
  private let value = Mutex<[UInt8]>([])
  func add(_ bytes: [UInt8]) { value.withLock { $0 += bytes } }
  var text: String { String(decoding: value.withLock { $0 }, as: UTF8.self) }
}

@Suite("Commands that are started with pipes for their output")
struct CommandProcessTests {
  /// A file without a name, to write to.
  private static func makeFile() throws -> Descriptor {
    var template = Array("/tmp/scanout-test-XXXXXX".utf8CString)
    // Safe: the call writes six characters of the template, which ends with a zero and is ours.
    let raw = unsafe mkstemp(&template)
    try #require(raw >= 0)
    _ = fcntl(raw, F_SETFD, FD_CLOEXEC)
    // Safe: the path is only read.
    unsafe unlink(template)
    return Descriptor(owning: raw)
  }

  private static func text(of file: Descriptor) throws -> String {
    String(decoding: try file.read(1 << 20, at: 0), as: UTF8.self)
  }

  @Test("a command is found in PATH, gets its words, an empty input and no descriptor of ours, and says how it ended")
  func runs() throws {
    let ours = try Self.makeFile()
    let command = try CommandProcess([
      "sh", "-c", #"cat; test -e /proc/$$/fd/$0; echo "$? $1"; echo no >&2; exit 3"#, "\(ours.rawValue)", "a b",
    ])
    let (output, errors, seen) = (try Self.makeFile(), try Self.makeFile(), Bytes())
    let passing = [
      try PassedOutput(from: command.output, to: output) { seen.add($0) },
      try PassedOutput(from: command.errors, to: errors) { _ in },
    ]
    #expect(try command.end.wait(for: .readable, timeoutMilliseconds: 60_000))
    #expect(command.ending == .exited(3))
    for one in passing { #expect(one.finish(withinMilliseconds: 60_000)) }
    #expect(try Self.text(of: output) == "1 a b\n")
    #expect(try Self.text(of: errors) == "no\n")
    #expect(seen.text == "1 a b\n")
  }

  @Test("a signal reaches the whole group, and what outlived the command is killed with its object")
  func group() throws {
    let (output, seen) = (try Self.makeFile(), Bytes())
    do {
      // The first child ends by the signal; the second ignores it, and keeps the pipe open.
      let command = try CommandProcess([
        "sh", "-c", "sleep 1000 & one=$!; (trap '' TERM; echo ready; exec sleep 1000) & wait $one; echo $?; exit 4",
      ])
      let passing = try PassedOutput(from: command.output, to: output) { seen.add($0) }
      let reached = try EventCounter()
      reached.signal()
      while !seen.text.contains("ready") { sched_yield() }
      command.send(SIGTERM)
      #expect(try command.end.wait(for: .readable, timeoutMilliseconds: 60_000))
      #expect(command.ending == .killed(signal: SIGTERM))
      #expect(passing.finish(withinMilliseconds: 60_000))
    }
    // The pipe would be held by a process that is left.
    #expect(try Self.text(of: output).hasPrefix("ready"))
  }

  @Test("a command that does not exist, or has no name, is refused")
  func refused() throws {
    #expect(throws: SystemError("start no-such-program", code: ENOENT)) {
      try CommandProcess(["no-such-program", "x"])
    }
    #expect(throws: SystemError("start /", code: EACCES)) { try CommandProcess(["/"]) }
    #expect(throws: SystemError.self) { try CommandProcess([]) }
    #expect(throws: SystemError.self) { try CommandProcess([""]) }
    #expect(throws: SystemError("start sh", code: EINVAL)) { try CommandProcess(["sh", "a\u{0}b"]) }
  }

  @Test("output whose reader takes nothing holds up the command and nobody else")
  func stuckReader() throws {
    let command = try CommandProcess(["sh", "-c", "yes"])
    let (near, far) = try UnixSocket.makePair()
    // There is no room from the start.
    try far.descriptor.setNonBlocking()
    let block = [UInt8](repeating: 0, count: 4096)
    // Safe: the bytes are read during the call only.
    while unsafe write(far.descriptor.rawValue, block, block.count) > 0 {}
    let seen = Bytes()
    let passing = try PassedOutput(from: command.output, to: far.descriptor.duplicate()) { seen.add($0) }
    while seen.text.isEmpty { sched_yield() }
    #expect(!passing.finish(withinMilliseconds: 10))
    // What comes to an end when its reader is gone.
    near.shutdown()
    #expect(passing.finish(withinMilliseconds: 60_000))
  }
}

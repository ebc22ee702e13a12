import Conformance
import Testing

@Suite("Programs that are no good back ends")
struct BrokenProgramTests {
  /// A reply to GET_FEATURES with VIRTIO_F_VERSION_1 and the protocol features.
  private static let reply =
    #"printf '\001\000\000\000\005\000\000\000\010\000\000\000\000\000\000\100\001\000\000\000' >&3"#
  private static let request = "head -c 12 <&3 > /dev/null"

  /// A program that replies once, and then does something.
  private func results(_ rest: String, timeout: Duration = .seconds(60)) throws -> [CaseResult] {
    let program = BackEndTarget.program("/bin/sh", arguments: ["-c", "\(Self.request); \(Self.reply); \(rest)"])
    var run = ConformanceRun(
      program,
      cases: ConformanceCase.all.filter { ["offers-version-1", "display-info-length"].contains($0.name) })
    run.timeout = timeout
    return try run.run().entries.map(\.result)
  }

  @Test("a program that is killed by a signal has crashed")
  func crash() throws {
    let results = try results("\(Self.request); kill -SEGV $$")
    #expect(results == [.passed, .crashed("the process was killed by signal 11 (SIGSEGV)")])
  }

  @Test("a program that ends by itself while it is needed has crashed")
  func exit() throws {
    let results = try results("\(Self.request); exit 7")
    #expect(results == [.passed, .crashed("the process ended with status 7")])
  }

  @Test("a program that does nothing any more hangs")
  func hang() throws {
    let results = try results("exec sleep 1000", timeout: .milliseconds(500))
    #expect(results.count == 2)
    guard case .hung = results.last else {
      Issue.record("\(results)")
      return
    }
  }

  @Test("a program that writes without end what is no message fails, and is not read without end")
  func garbage() throws {
    let results = try results("exec yes >&3")
    #expect(results.count == 2)
    guard case .failed("a reply of vhost-user", let seen) = results.last else {
      Issue.record("\(results)")
      return
    }
    #expect(seen.contains("broke the protocol"))
  }

  @Test(
    "what is no back end at all is not judged",
    arguments: [["-c", "exit 3"], ["-c", "exec yes >&3"], ["-c", "exec 3>&-; exit 0"]])
  func noBackEnd(arguments: [String]) {
    let run = ConformanceRun(.program("/bin/sh", arguments: arguments))
    let error = #expect(throws: ConformanceRun.NotStarted.self) { try run.run() }
    #expect(error?.description.hasPrefix("/bin/sh is no back end that can be judged: ") == true)
  }

  @Test("a program and a socket that are not there are not judged")
  func missing() throws {
    #expect(throws: ConformanceRun.NotStarted.self) {
      try ConformanceRun(.program("/no/program")).run()
    }
    #expect(throws: ConformanceRun.NotStarted.self) {
      try ConformanceRun(.socket("/no/socket")).run()
    }
  }
}

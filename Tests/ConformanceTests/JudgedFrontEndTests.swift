import Conformance
import DisplaySocket
import Display
import LinuxIO
import Synchronization
import Testing
import VhostUser
import VirtioGPU

/// Front end that attaches a display whenever it has none.
private final class FakeVMM: Sendable {
  enum Mistake: Sendable {
    case none
    /// It does not read its display.
    case deaf
    /// It leaves when its display breaks the protocol.
    case fragile
  }

  private let stopped: EventCounter
  private let thread: NamedThread

  init(_ path: String, _ mistake: Mistake) throws {
    let stopped = try EventCounter()
    self.stopped = stopped
    thread = try NamedThread("fake VMM") {
      while !Self.waits(stopped, 1) {
        // The judge may not listen yet.
        try? Self.serve(path, mistake, stopped)
      }
    }
  }

  func stop() {
    stopped.signal()
    thread.join()
  }

  /// Waits a moment; true: it is to stop.
  private static func waits(_ stopped: EventCounter, _ milliseconds: Int32) -> Bool {
    guard (try? stopped.wait(timeoutMilliseconds: milliseconds)) == true else { return false }
    stopped.signal()
    return true
  }

  private static func serve(_ path: String, _ mistake: Mistake, _ stopped: EventCounter) throws {
    let frontEnd = try FrontEnd.connect(to: path)
    try frontEnd.negotiate(features: 1 << 32)
    while true {
      let (ours, theirs) = try UnixSocket.makePair()
      var display: DisplayFrontEnd?
      if mistake != .deaf {
        display = try DisplayFrontEnd(ours, outputs: [Output(size: Size(width: 640, height: 480))])
      }
      try frontEnd.attachDisplay(theirs.descriptor)
      while display?.traffic.end == nil {
        if waits(stopped, 2) { return }
        withExtendedLifetime(ours) {}
      }
      if mistake == .fragile, case .protocolError = display?.traffic.end { return }
    }
  }
}

@Suite("Front ends that are judged")
struct JudgedFrontEndTests {
  private func report(
    _ mistake: FakeVMM.Mistake, timeout: Duration, settleTime: Duration = .milliseconds(50), names: Set<String> = []
  ) throws -> ConformanceReport {
    let path = "/tmp/scanout-test-\(UInt64.random(in: 0 ... .max)).sock"
    let machine = try FakeVMM(path, mistake)
    defer { machine.stop() }
    var run = FrontEndRun(path: path)
    run.timeout = timeout
    run.settleTime = settleTime
    if !names.isEmpty { run.cases = run.cases.filter { names.contains($0.name) } }
    return try run.run()
  }

  @Test("this project's front end passes every case")
  func own() throws {
    let report = try report(.none, timeout: .seconds(60))
    for entry in report.entries where entry.result != .passed {
      Issue.record("\(entry.testCase): \(entry.result.detail)")
    }
    #expect(report.counts.passed >= 20)
  }

  @Test("one that does not read its display hangs")
  func deaf() throws {
    let report = try report(.deaf, timeout: .milliseconds(300), names: ["front-end-protocol-features"])
    #expect(report.entries.map(\.result) == [.hung("the reply to getProtocolFeatures")])
  }

  @Test("one that leaves at a broken message has crashed, and the next case waits for the next one")
  func fragile() throws {
    let report = try report(
      .fragile, timeout: .seconds(60), settleTime: .seconds(60),
      names: ["front-end-update-outside", "front-end-unknown-scanout", "front-end-update"])
    #expect(
      report.entries.map(\.result)
        == [
          .passed, .crashed("the front end closed the connection"), .crashed("the front end closed the connection"),
        ])
  }

  @Test("without a front end nothing is judged")
  func nobody() throws {
    var run = FrontEndRun(path: "/tmp/scanout-test-\(UInt64.random(in: 0 ... .max)).sock")
    run.patience = .milliseconds(200)
    #expect(throws: ConformanceRun.NotStarted.self) { try run.run() }
  }
}

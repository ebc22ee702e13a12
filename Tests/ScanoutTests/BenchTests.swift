import Foundation
import LinuxIO
import ScanoutTesting
import Testing

@Suite("scanout bench")
struct BenchTests {
  private let folder = TemporaryFolder.forSuite()
  private let short = ["--size", "64x48", "--size", "320x200", "--seconds", "0.01"]

  /// A device at a socket, as a user would start it.
  private func serve() throws -> Program.Running {
    let running = try Program.start(["serve", "--socket-path", folder.path("s"), "--discard"])
    try #require(running.logs("waiting for a virtual machine"))
    return running
  }

  @Test("measures its own device, with nothing on standard error")
  func own() throws {
    let outcome = try Program.run(["bench"] + short)
    #expect(outcome.status == 0)
    #expect(outcome.errors.isEmpty, "\(outcome.errors)")
    let lines = outcome.output.split(separator: "\n").map(String.init)
    #expect(lines.first?.trimmingCharacters(in: .whitespaces) == "this device")
    for title in ["smallest command", "cursor, 64x64", "64x48", "320x200"] {
      #expect(lines.filter { $0.hasPrefix(title) }.count == 1, "\(title)")
    }
    for title in ["  frame: transfer + flush", "  64x64 of it", "  flush alone", "  frame of a guest blob"] {
      #expect(lines.filter { $0.hasPrefix(title) }.count == 2, "\(title)")
    }
    #expect(lines.contains { $0.contains(" µs") && $0.hasSuffix(" GB/s") })
  }

  @Test("measures a device at a socket beside its own, and compares the two")
  func socket() throws {
    let running = try serve()
    let outcome = try Program.run(["bench", "--own", "--backend", folder.path("s"), "--json"] + short)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let backEnds = try #require(report["backEnds"] as? [[String: Any]])
    #expect(backEnds.compactMap { $0["name"] as? String } == ["this device", "s"])
    let rows = try #require(report["rows"] as? [[String: Any]])
    #expect(
      rows.compactMap { $0["operation"] as? String }
        == ["command", "cursor"] + Array(repeating: ["frame", "part", "flush", "blobFlush"], count: 2).flatMap { $0 })
    for row in rows where row["operation"] as? String != "blobFlush" {
      let figures = try #require(row["figures"] as? [[String: Any]])
      #expect(figures.count == 2)
      for figure in figures {
        #expect(try #require(figure["processorMicroseconds"] as? Double) > 0)
        let (median, tail) = (figure["medianMicroseconds"] as? Double, figure["percentile99Microseconds"] as? Double)
        #expect(try #require(median) > 0)
        #expect(try #require(tail) >= #require(median))
      }
      #expect(try #require((row["ratios"] as? [Double])?.first) > 0)
      #expect(try #require((row["processorRatios"] as? [Double])?.first) > 0)
    }
    let table = try Program.run(["bench", "--backend", folder.path("s")] + short)
    #expect(table.status == 0, "\(table.errors)")
    #expect(table.output.contains("over the display socket"))
    running.process.terminate()
    #expect(running.finish().status == 0)
  }

  @Test("measures a program that it starts as QEMU starts its own")
  func program() throws {
    // The script passes its arguments on, as the last ones.
    let script = folder.path("device")
    try "#!/bin/sh\nexec \(Program.url.path) serve --discard --log-level error \"$@\"\n".write(
      toFile: script, atomically: false, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: script)
    let outcome = try Program.run(["bench", "--program", script] + short)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("over the display socket"))
  }

  @Test("a back end that dies in mid-run ends it with a sentence, at once")
  func dies() throws {
    let running = try serve()
    let bench = try Program.start(["bench", "--backend", folder.path("s"), "--seconds", "60"])
    try #require(running.logs("a virtual machine connected"))
    Thread.sleep(forTimeInterval: 0.2)
    kill(running.process.processIdentifier, SIGKILL)
    let start = Date()
    let outcome = bench.finish()
    #expect(Date().timeIntervalSince(start) < 20)
    #expect(outcome.status == 74)
    #expect(outcome.output.isEmpty)
    #expect(
      outcome.errors == "scanout: error: \(folder.path("s")) cannot be measured: the back end closed the connection\n")
  }

  @Test("a socket whose listener accepts no connection is given up")
  func silent() throws {
    // A listener that never accepts: the connection is made, and no response ever comes.
    let listener = try UnixListener(path: folder.path("s"))
    let outcome = try Program.run(["bench", "--backend", listener.path] + short)
    #expect(outcome.status == 74)
    #expect(outcome.errors.contains("did not reply to getFeatures (1) in time"), "\(outcome.errors)")
  }

  @Test("a program that is not a back end is given up", arguments: ["/bin/true", "/bin/cat"])
  func noBackEnd(path: String) throws {
    let outcome = try Program.run(["bench", "--program", path] + short)
    #expect(outcome.status == 74)
    #expect(outcome.errors.contains("scanout: error: \(path) cannot be measured: "), "\(outcome.errors)")
  }
}

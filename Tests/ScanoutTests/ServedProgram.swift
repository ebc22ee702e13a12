import Display
import Foundation
import GuestDriver
import LinuxIO
import ScanoutTesting
import Testing
import VhostUser
import VirtioGPU

/// The built program as it serves at a socket, for tests of hostile peers.
struct ServedProgram {
  let folder = TemporaryFolder.forSuite()
  let running: Program.Running

  /// Starts it with more options.
  init(_ more: [String] = []) throws {
    running = try Program.start(
      ["serve", "--socket-path", folder.path("s"), "--discard", "--output", "64x48"] + more)
    try #require(running.logs("waiting for a virtual machine"), "\(running.errors)")
  }

  var socketPath: String { folder.path("s") }
  var processID: Int32 { running.process.processIdentifier }

  /// A front end with a long timeout, because the machine may be loaded.
  func connect() throws -> FrontEnd {
    try FrontEnd.connect(to: socketPath, timeout: .seconds(60))
  }

  /// A guest with memory and queues.
  func startGuest(memory count: UInt64 = 16 << 20) throws -> (GPUDriver, VhostUserLink) {
    let ram = try GuestRAM(count: count)
    let link = try VhostUserLink(connect(), ram: ram)
    return (try GPUDriver(link, ram: ram), link)
  }

  /// Expects that a guest which comes now is served to its frame.
  func expectNextServed(_ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(throws: Never.self, comment, sourceLocation: sourceLocation) {
      let (driver, _) = try startGuest()
      let frame = try Framebuffer(driver, size: Size(width: 64, height: 48), format: .b8g8r8x8)
      try frame.show(on: 0)
      try frame.flush()
    }
  }

  /// Expects that it ends in order when it is asked to. One that hangs is ended after a minute.
  func expectOrderlyEnd(sourceLocation: SourceLocation = #_sourceLocation) {
    running.process.terminate()
    for _ in 0..<6000 where running.process.isRunning { usleep(10_000) }
    if running.process.isRunning { kill(processID, SIGKILL) }
    let outcome = running.finish()
    #expect(outcome.status == 0, "\(outcome.errors)", sourceLocation: sourceLocation)
    #expect(running.process.terminationReason == .exit, sourceLocation: sourceLocation)
  }

  /// Calls `body` while the program is stopped, so that it receives everything at once.
  func whileStopped(_ body: () throws -> Void) throws {
    kill(processID, SIGSTOP)
    defer { kill(processID, SIGCONT) }
    try body()
  }

  /// Processor time of the program so far, in seconds.
  func processorTime() throws -> Double {
    let text = try String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8)
    // The name in parentheses may have spaces; user and system time are the 12th and 13th word behind it.
    let words = text.split(separator: ")").last?.split(separator: " ") ?? []
    try #require(words.count > 13)
    return (Double(words[11]) ?? 0) / Double(sysconf(Int32(_SC_CLK_TCK))) + (Double(words[12]) ?? 0)
      / Double(sysconf(Int32(_SC_CLK_TCK)))
  }
}

import Foundation
import Glibc
import ScanoutTesting
import Testing

@Suite("serve while its renderer hangs in its start")
struct RendererStartTests {
  private let folder = TemporaryFolder.forSuite()

  @Test("ends by a signal at once", arguments: [SIGTERM, SIGINT])
  func signal(signal: Int32) throws {
    // The list of EGL's drivers is read from here, and nobody writes it.
    let fifo = folder.path("vendor.json")
    // Safe: the path is read during the call only.
    try #require(unsafe mkfifo(fifo, 0o600) == 0)
    let running = try Program.start(
      [
        "serve", "--socket-path", folder.path("s"), "--discard", "--renderer", "virgl", "--max-drawing", "600",
        "--log-level", "info",
      ],
      environment: ["__EGL_VENDOR_LIBRARY_FILENAMES": fifo])
    var writer: Int32 = -1
    for _ in 0..<6000 where writer < 0 && running.process.isRunning {
      // Succeeds when the reader is there.
      writer = unsafe open(fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
      if writer < 0 { usleep(10_000) }
      // Without virglrenderer nothing reads it.
      if running.errors.contains("the renderer virgl cannot start") { return }
    }
    try #require(writer >= 0, "\(running.errors)")
    defer { close(writer) }
    kill(running.process.processIdentifier, signal)
    for _ in 0..<6000 where running.process.isRunning { usleep(10_000) }
    let hasEnded = !running.process.isRunning
    if !hasEnded { kill(running.process.processIdentifier, SIGKILL) }
    let outcome = running.finish()
    #expect(hasEnded, "\(outcome.errors)")
    #expect(running.process.terminationReason == .exit && outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("ending by"), "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("s")), "the socket is removed")
  }
}

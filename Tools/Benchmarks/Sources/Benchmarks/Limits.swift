import Glibc
import LinuxIO

/// What the machine allows, measured in the same run.
enum MachineLimits {
  /// Seconds for a signal to another thread that waits in `epoll`, and its response.
  static func pingPong() throws -> Double {
    let (ping, pong) = (try EventCounter(), try EventCounter())
    let loop = try EventLoop()
    try loop.watch(ping.descriptor) {
      ping.drain()
      pong.signal()
    }
    let runner = Runner(loop: loop)
    let thread = try NamedThread("pong") { try? runner.loop.run() }
    let measurement = try Timing(count: 20_000, warmUp: 1000) {
      ping.signal()
      _ = try pong.wait(timeoutMilliseconds: 1000)
    }
    loop.stop()
    thread.join()
    return measurement.median
  }

  private struct Runner: @unchecked Sendable {
    let loop: EventLoop
  }
}

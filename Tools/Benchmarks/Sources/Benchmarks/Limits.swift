import Glibc
import LinuxIO

/// What the machine allows, measured in the same run: how long one copy of the bytes takes, and one signal there and
/// back between two threads.
enum MachineLimits {
  /// Seconds for one `memcpy` of `count` bytes out of shared memory.
  static func copy(_ count: Int) throws -> Double {
    let file = try MappedMemory.makeFile(named: "source", count: UInt64(count))
    let source = try MappedMemory(file, offset: 0, count: UInt64(count))
    let target = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 4096)
    // Safe: both have `count` bytes, and live to the end of the measurement.
    return unsafe source.withBytes { bytes in
      guard let start = bytes.baseAddress else { return .infinity }
      unsafe memset(start, 7, count)
      let measurement = Measurement(count: 100) { _ = unsafe memcpy(target, start, count) }
      unsafe target.deallocate()
      return measurement.median
    }
  }

  /// Seconds for a signal to another thread that waits in `epoll`, and its answer.
  static func pingPong() throws -> Double {
    let (ping, pong) = (try EventCounter(), try EventCounter())
    let loop = try EventLoop()
    try loop.watch(ping.descriptor) {
      ping.drain()
      pong.signal()
    }
    let runner = Runner(loop: loop)
    let thread = try NamedThread("pong") { try? runner.loop.run() }
    let measurement = try Measurement(count: 20_000, warmUp: 1000) {
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

import Display
import GuestDriver
import LinuxIO
import Logging
import VhostUser
import Serving
import VirtioGPU

/// The device behind a vhost-user socket on a thread of its own, exactly as `scanout serve` runs it.
final class BenchmarkedDevice: @unchecked Sendable {
  private let path = "/tmp/scanout-bench-\(UInt64.random(in: 0 ... .max)).sock"
  private let loop: EventLoop
  private let server: Server
  private var thread: NamedThread?

  init(showing sink: any DisplaySink, size: Size) throws {
    loop = try EventLoop()
    let start = ContinuousClock.now
    let wake = try EventCounter()
    let display = DisplaySource { wake.signal() }
    try display.add(sink, named: "sink", policy: .required)
    let device = Device(outputs: [Output(size: size)], display: display) {
      DisplayTime(nanoseconds: UInt64((ContinuousClock.now - start) / .nanoseconds(1)))
    }
    let log = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
    let runner = try DeviceRunner(device, loop: loop, displayWake: wake, log: log) {
      print("the device stopped: \($0)")
    }
    server = Server(device: device, loop: loop) { _ in }
    runner.observe(server)
    try server.listen(at: path)
    thread = try NamedThread("device") { [self] in
      try? loop.run()
      server.stop()
    }
  }

  func connect(memory: UInt64) throws -> GPUDriver {
    let ram = try GuestRAM(count: memory)
    return try GPUDriver(VhostUserLink(FrontEnd.connect(to: path), ram: ram), ram: ram)
  }

  func stop() {
    loop.stop()
    thread?.join()
  }
}

/// A sink that takes every frame and does nothing with it: what remains is the device.
final class NoSink: DisplaySink {
  func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) {}
  func finish() {}
}

import Display
import GuestCases
import GuestDriver
import LinuxIO
import Logging
import Synchronization
import VhostUser
import Serving
import VirtioGPU

/// The device of a case behind a real socket, on a thread of its own, where time passes by itself.
final class ServedHost: CaseHost {
  let parts: CaseDevice
  private let served: VhostUserLink
  private let loop: EventLoop
  private let server: Server
  private let thread: NamedThread
  private let tasks: DeviceTasks

  var link: any DeviceLink { served }
  /// Host faults that the back end reported.
  var failures: [String] { tasks.failed }

  init(_ setup: CaseSetup) throws {
    let start = ContinuousClock.now
    parts = try CaseDevice(setup) { DisplayTime(nanoseconds: UInt64((ContinuousClock.now - start) / .nanoseconds(1))) }
    loop = try EventLoop()
    tasks = try DeviceTasks(parts.device, on: loop)
    let log = Logger(label: "case") { _ in SwiftLogNoOpLogHandler() }
    let failed = tasks
    let runner = try DeviceRunner(parts.device, loop: loop, log: log) { failed.note($0) }
    server = Server(device: parts.device, loop: loop) { _ in }
    runner.observe(server)
    let (ours, theirs) = try UnixSocket.makePair()
    try server.serve(theirs)
    let run = HostLoop(loop: loop, server: server)
    thread = try NamedThread("device") { run.body() }
    served = try VhostUserLink(FrontEnd(ours), ram: parts.ram, features: setup.features)
  }

  func onDevice<Result>(_ body: @escaping (Device) throws -> Result) throws -> Result {
    try tasks.run(body)
  }

  func pass(_ nanoseconds: UInt64) throws {
    _ = try EventCounter().wait(timeoutMilliseconds: Int32(clamping: nanoseconds / 1_000_000 + 1))
    // What became due meanwhile is done when the device's thread has done this.
    try onDevice { try $0.advance() }
  }

  func share(all: Bool) throws {
    let region = MemoryRegion(
      guestAddress: GuestRAM.guestBase, count: all ? parts.ram.count : 256 << 20, userAddress: GuestRAM.userBase,
      fileOffset: 0)
    try served.frontEnd.share([SharedRegion(region, file: parts.ram.file)])
  }

  func pause() throws -> Bool {
    try served.pause()
    return true
  }

  func resume(_ driver: GPUDriver) throws {
    try served.resume(control: driver.control, cursor: driver.cursor)
  }

  func stop() {
    loop.stop()
    thread.join()
  }

  /// The loop and server of the thread; nothing else uses them while it runs.
  private struct HostLoop: @unchecked Sendable {
    let loop: EventLoop
    let server: Server

    func body() {
      try? loop.run()
      server.stop()
    }
  }
}

/// Queue of tasks for the device's thread.
final class DeviceTasks: @unchecked Sendable {
  private let device: Device
  private let bell: EventCounter
  private let waiting = Mutex<[DeviceTask]>([])

  /// Touched by both threads in turn, with a counter between them.
  private struct DeviceTask: @unchecked Sendable {
    let body: (Device) -> Void
    let done: EventCounter
  }

  private final class ResultBox<Result> {
    var result: Swift.Result<Result, any Error>?
  }

  private let failures = Mutex<[String]>([])

  init(_ device: Device, on loop: EventLoop) throws {
    self.device = device
    bell = try EventCounter()
    try loop.watch(bell.descriptor) { [unowned self] in serve() }
  }

  var failed: [String] { failures.withLock { $0 } }

  func note(_ error: any Error) { failures.withLock { $0.append("\(error)") } }

  func run<Result>(_ body: @escaping (Device) throws -> Result) throws -> Result {
    let box = ResultBox<Result>()
    let task = DeviceTask(
      body: { device in box.result = Swift.Result { try body(device) } }, done: try EventCounter())
    waiting.withLock { $0.append(task) }
    bell.signal()
    guard try task.done.wait(timeoutMilliseconds: 10_000), let result = box.result else {
      throw DriverError.noResponse(seconds: 10)
    }
    return try result.get()
  }

  private func serve() {
    bell.drain()
    let tasks = waiting.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
    for task in tasks {
      task.body(device)
      task.done.signal()
    }
  }
}

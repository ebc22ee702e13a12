import LinuxIO
import ScanoutTesting
import VirglRendering
import VirtioGPU

/// Small commands of OpenGL, such as a guest sends for each object that it draws.
struct SmallSubmits {
  let count = 50_000
  private let commands: [UInt8]

  init() {
    var stream = VirglStream()
    stream.createSurface(6, of: 5, format: 1)
    stream.setFramebuffer(6)
    stream.destroySurface(6)
    commands = stream.bytes
  }

  /// Time on the wall, and of the processor in all threads, in seconds.
  struct Cost {
    let elapsed: Double
    let processor: Double
  }

  /// The cost of all of them by direct calls, which each return when their commands are executed.
  func direct() throws -> Cost {
    let renderer = try VirglRenderer { _ in }
    try renderer.createContext(1, capset: 2, name: "bench")
    try renderer.create(texture)
    try renderer.attach(5, to: 1)
    return try cost {
      for _ in 0..<count { try renderer.submit(commands, in: 1) }
    }
  }

  /// The cost of all of them through the renderer's thread, where `depth` wait at a time.
  func pipelined(depth: Int) throws -> Cost {
    let renderer = try RendererThread(VirglOptions(), timeLimit: .seconds(60)) { _ in }
    renderer.perform(.createContext(1, capset: 2, name: "bench")) { _ in }
    renderer.perform(.createResource(texture)) { _ in }
    renderer.perform(.attachResource(5, context: 1)) { _ in }
    return try cost {
      let guest = PipelinedGuest(renderer, commands, count: count)
      for _ in 0..<depth { guest.send() }
      while guest.completed < count {
        _ = try renderer.events?.wait(for: .readable, timeoutMilliseconds: -1)
        renderer.deliver()
      }
    }
  }

  /// The cost of the second of two runs.
  private func cost(_ body: () throws -> Void) rethrows -> Cost {
    try body()
    let (start, used) = (Alarm.now, ProcessClock.own.now ?? 0)
    try body()
    return Cost(
      elapsed: Double(Alarm.now - start) / 1e9, processor: Double((ProcessClock.own.now ?? 0) - used) / 1e9)
  }

  private var texture: ResourceCreate3D {
    ResourceCreate3D(resourceID: 5, format: 1, bind: 2, width: 64, height: 64)
  }
}

/// A guest that sends a command whenever one is complete.
private final class PipelinedGuest {
  private(set) var completed = 0
  private var sent = 0
  private let renderer: RendererThread
  private let commands: [UInt8]
  private let count: Int
  private var completion: (Result<RendererResponse, RendererError>) -> Void = { _ in }

  init(_ renderer: RendererThread, _ commands: [UInt8], count: Int) {
    (self.renderer, self.commands, self.count) = (renderer, commands, count)
    completion = { [unowned self] _ in
      completed += 1
      send()
    }
  }

  func send() {
    guard sent < count else { return }
    sent += 1
    renderer.perform(.submit(commands, context: 1), completion: completion)
  }
}

/// What the thread of a renderer costs: commands through it, beside direct calls.
func benchmarkRenderer() throws {
  let submits = SmallSubmits()
  do {
    _ = try submits.direct()
  } catch {
    return BenchmarkReport.line("SUBMIT_3D", "not measured", "\(error)")
  }
  for depth in [64, 1] {
    let rounds = try (0..<7).map { _ in (direct: try submits.direct(), pipelined: try submits.pipelined(depth: depth)) }
    func median(_ figure: (SmallSubmits.Cost) -> Double) -> (direct: Double, pipelined: Double) {
      (
        rounds.map { figure($0.direct) }.sorted()[rounds.count / 2],
        rounds.map { figure($0.pipelined) }.sorted()[rounds.count / 2]
      )
    }
    let (elapsed, processor) = (median(\.elapsed), median(\.processor))
    BenchmarkReport.line(
      "SUBMIT_3D, \(depth) at a time",
      "\(BenchmarkReport.rounded(Double(submits.count) / elapsed.pipelined, 0)) commands/s",
      "\(BenchmarkReport.rounded(elapsed.direct / elapsed.pipelined, 2)) of direct calls "
        + "(\(BenchmarkReport.microseconds(elapsed.direct / Double(submits.count))))")
    BenchmarkReport.line(
      "SUBMIT_3D, \(depth) at a time: processor",
      BenchmarkReport.microseconds(processor.pipelined / Double(submits.count)),
      "\(BenchmarkReport.rounded(processor.direct / processor.pipelined, 2)) of direct calls "
        + "(\(BenchmarkReport.microseconds(processor.direct / Double(submits.count))))")
  }
}

import LinuxIO
import ScanoutTesting
import VirglRendering
import VirtioGPU

/// Small commands of OpenGL, such as a guest sends for each object that it draws.
struct SmallSubmits {
  private let count = 10_000
  private let commands: [UInt8]

  init() {
    var stream = VirglStream()
    stream.createSurface(6, of: 5, format: 1)
    stream.setFramebuffer(6)
    stream.destroySurface(6)
    commands = stream.bytes
  }

  /// Seconds for all of them by direct calls, which each return when their commands are executed.
  func direct() throws -> Double {
    let renderer = try VirglRenderer { _ in }
    try renderer.createContext(1, capset: 2, name: "bench")
    try renderer.create(texture)
    try renderer.attach(5, to: 1)
    return try Measurement(count: 1, warmUp: 1) {
      for _ in 0..<count { try renderer.submit(commands, in: 1) }
    }.median
  }

  /// Seconds for all of them through the renderer's thread, of which so many wait at a time.
  func pipelined(depth: Int) throws -> Double {
    let renderer = try RendererThread(VirglOptions(), timeLimit: .seconds(60)) { _ in }
    renderer.perform(.createContext(1, capset: 2, name: "bench")) { _ in }
    renderer.perform(.createResource(texture)) { _ in }
    renderer.perform(.attachResource(5, context: 1)) { _ in }
    return try Measurement(count: 1, warmUp: 1) {
      var (sent, completed) = (0, 0)
      func send() {
        guard sent < count else { return }
        sent += 1
        renderer.perform(.submit(commands, context: 1)) { _ in
          completed += 1
          send()
        }
      }
      for _ in 0..<depth { send() }
      while completed < count {
        _ = try renderer.events?.wait(for: .readable, timeoutMilliseconds: -1)
        renderer.deliver()
      }
    }.median
  }

  private var texture: ResourceCreate3D {
    ResourceCreate3D(resourceID: 5, format: 1, bind: 2, width: 64, height: 64)
  }
}

/// What the thread of a renderer costs: commands through it, beside direct calls.
func benchmarkRenderer() throws {
  let submits = SmallSubmits()
  do {
    _ = try submits.direct()
  } catch {
    return Report.line("SUBMIT_3D", "not measured", "\(error)")
  }
  for depth in [1, 64] {
    let rounds = try (0..<5).map { _ in (try submits.direct(), try submits.pipelined(depth: depth)) }
    let direct = rounds.map(\.0).sorted()[2]
    let pipelined = rounds.map(\.1).sorted()[2]
    Report.line(
      "SUBMIT_3D, \(depth) at a time", "\(Report.rounded(10_000 / pipelined, 0)) commands/s",
      "\(Report.rounded(direct / pipelined, 2)) of direct calls (\(Report.microseconds(direct / 10_000)))")
  }
}

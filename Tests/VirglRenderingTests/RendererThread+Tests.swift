import LinuxIO
import Testing
import VirglRendering
import VirtioGPU

extension RendererThread {
  /// A thread with a fake renderer, without a log.
  static func scripted(
    _ script: ScriptedRenderer.Script, timeLimit: Duration = .seconds(120)
  ) throws -> RendererThread {
    try RendererThread(timeLimit: timeLimit) { _ in
    } make: {
      ScriptedRenderer(script)
    }
  }

  /// Delivers what comes until `condition` is met.
  func deliver(until condition: () -> Bool) throws {
    while !condition() {
      let events = try #require(events)
      try #require(try events.wait(for: .readable, timeoutMilliseconds: 120_000), "nothing comes any more")
      deliver()
    }
  }

  /// Carries a command out, and waits for its response.
  @discardableResult
  func wait(for command: RendererCommand) throws -> RendererResponse {
    var result: Result<RendererResponse, RendererError>?
    perform(command) { result = $0 }
    try deliver(until: { result != nil })
    return try #require(result).get()
  }
}

private import Glibc
private import LinuxIO
internal import VirtioGPU

/// The renderer's thread of a ``RendererThread``: makes a renderer, and serves the commands of a channel with it.
struct RendererWorker {
  let channel: RendererChannel

  /// Runs until the renderer has ended.
  func run(_ make: () throws -> any BlockingRenderer) {
    do {
      try serve(make)
      channel.enter(.ended(nil))
    } catch {
      channel.enter(.ended(error))
    }
  }

  /// When this returns, the renderer has ended.
  private func serve(_ make: () throws -> any BlockingRenderer) throws {
    channel.begin("its start")
    let renderer = try make()
    // The end of the renderer, when this function returns, is a call as well.
    defer { withExtendedLifetime(renderer) { channel.begin("its end") } }
    let loop = try EventLoop()
    try loop.watch(channel.wake.descriptor) { channel.wake.drain() }
    if let events = renderer.events {
      try loop.watch(events) { takeFences(of: renderer) }
    }
    channel.enter(.running(renderer.capsets))
    while let timeout = channel.timeoutBeforeNextCommand() {
      try loop.runOnce(timeoutMilliseconds: timeout)
      var command = channel.takeCommand()
      // A few at a time, so that fences are seen between them.
      var left = 64
      while let (result, fence) = perform(&command, renderer) {
        left -= 1
        command = channel.finish(result, reached: fence, takesNext: left > 0)
      }
    }
  }

  /// Takes a command, if there is one, and carries it out. The command, and the guest memory that it names, are released
  /// when this returns: before its completion is seen.
  private func perform(
    _ next: inout RendererCommand?, _ renderer: any BlockingRenderer
  ) -> (result: Result<RendererResponse, RendererError>, reached: RendererFence?)? {
    guard let command = next.take() else { return nil }
    if channel.isUndoneByReset(command) {
      return (.failure(RendererError(.failed, "The device was reset before it was carried out.")), nil)
    }
    do throws(RendererError) {
      let response = try renderer.perform(command).get()
      // A renderer without events reaches fences as they are made.
      if case .createFence(let fence) = command, renderer.events == nil { return (.success(response), fence) }
      return (.success(response), nil)
    } catch {
      return (.failure(error), nil)
    }
  }

  private func takeFences(of renderer: any BlockingRenderer) {
    channel.begin("looking for fences")
    channel.finish(reached: renderer.takeReached())
  }

  /// Where an abandoned thread stays, with all that it holds. If it ended, destructors of the graphics driver would run.
  static func stay() -> Never {
    while true { pause() }
  }
}

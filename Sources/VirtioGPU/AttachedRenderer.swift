internal import DequeModule

/// A renderer of a device, with the number of its commands that are not complete.
final class AttachedRenderer {
  let renderer: any Renderer
  /// The renderer's index in the device.
  let index: Int
  /// True when it makes textures for 2D resources and RESOURCE_CREATE_3D.
  let isVirgl: Bool
  /// True after the renderer failed or was abandoned.
  var isLost = false
  /// Number of commands given to it that may change what a scanout shows.
  var drawCount: UInt64 = 0
  private var givenCount: UInt64 = 0
  private var completedCount: UInt64 = 0
  /// Closures to call once `count` commands are complete.
  private var barriers: Deque<(count: UInt64, body: () -> Void)> = []

  init(_ renderer: any Renderer, index: Int) {
    self.renderer = renderer
    self.index = index
    isVirgl = renderer.capsets.contains { $0.id == Capset.virgl || $0.id == Capset.virgl2 }
  }

  /// True while it has commands that are not complete.
  var isBusy: Bool { completedCount < givenCount }

  /// Gives it a command. `then` gets the result, unless the device is gone by then.
  func give(
    _ command: RendererCommand, then: @escaping (Result<RendererResponse, RendererError>) -> Void = { _ in }
  ) {
    givenCount += 1
    renderer.perform(command) { [weak self] result in
      guard let self else { return }
      completedCount += 1
      then(result)
      while let barrier = barriers.first, barrier.count <= completedCount {
        barriers.removeFirst()
        barrier.body()
      }
    }
  }

  /// Calls `body` when all commands given so far are complete: now or later.
  func afterGiven(_ body: @escaping () -> Void) {
    guard isBusy else { return body() }
    barriers.append((givenCount, body))
  }
}

internal import DequeModule
public import LinuxIO
public import VirtioGPU

/// A renderer that carries commands out only when it is told to: for tests of what waits for a renderer, and what does not.
public final class ManualRenderer: Renderer {
  public var onLost: (String) -> Void = { _ in }
  public var onFence: (RendererFence) -> Void = { _ in }
  /// Readable when commands were carried out, fences were reached or the renderer was lost.
  public var events: Descriptor? { counter.descriptor }

  /// True: it carries commands out as they come; their completions wait for ``deliver()`` all the same.
  public var carriesOutAtOnce = false

  private let renderer: any BlockingRenderer
  private let counter: EventCounter
  private var waiting: Deque<(command: RendererCommand, completion: Completion)> = []
  private var toDeliver: Deque<() -> Void> = []
  private var lossReason: String?

  private typealias Completion = (Result<RendererResponse, RendererError>) -> Void

  /// Carries out what is asked for with `renderer`.
  public init(_ renderer: any BlockingRenderer) throws(SystemError) {
    self.renderer = renderer
    counter = try EventCounter()
  }

  public var capsets: [Capset] { renderer.capsets }

  /// The commands that were given and not carried out.
  public var commands: [RendererCommand] { waiting.map(\.command) }

  public func perform(
    _ command: RendererCommand, completion: @escaping (Result<RendererResponse, RendererError>) -> Void
  ) {
    if let lossReason { return completion(.failure(RendererError(.failed, lossReason))) }
    waiting.append((command, completion))
    if carriesOutAtOnce { carryOut() }
  }

  /// Carries the next commands out, all unless a count is given. Their completions are called by ``deliver()``.
  public func carryOut(_ count: Int = .max) {
    for _ in 0..<min(count, waiting.count) {
      let (command, completion) = waiting.removeFirst()
      let result = renderer.perform(command)
      toDeliver.append { completion(result) }
      guard renderer.events == nil, case .createFence(let fence) = command, case .success = result else { continue }
      toDeliver.append { [unowned self] in onFence(fence) }
    }
    counter.signal()
  }

  /// Dies: every command that was not carried out fails, and every later one.
  public func lose(_ reason: String) {
    guard lossReason == nil else { return }
    lossReason = reason
    for (_, completion) in waiting { toDeliver.append { completion(.failure(RendererError(.failed, reason))) } }
    waiting = []
    toDeliver.append { [unowned self] in onLost(reason) }
    counter.signal()
  }

  public func deliver() {
    counter.drain()
    while let next = toDeliver.popFirst() { next() }
    for fence in renderer.takeReached() { onFence(fence) }
  }
}

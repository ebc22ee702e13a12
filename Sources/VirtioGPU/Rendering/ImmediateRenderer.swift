public import LinuxIO

/// A renderer that carries every command out at once, in the caller's thread: for tests, and for renderers that never take
/// long.
public final class ImmediateRenderer: Renderer {
  public var onLost: (String) -> Void = { _ in }
  public var onFence: (RendererFence) -> Void = { _ in }
  private let renderer: any BlockingRenderer

  /// Gives every command to `renderer`.
  public init(_ renderer: any BlockingRenderer) {
    self.renderer = renderer
  }

  public var capsets: [Capset] { renderer.capsets }

  public var events: Descriptor? { renderer.events }

  public func perform(
    _ command: RendererCommand, completion: @escaping (Result<RendererResponse, RendererError>) -> Void
  ) {
    let result = renderer.perform(command)
    completion(result)
    // Without events, a fence is reached when it is made.
    if renderer.events == nil, case .createFence(let fence) = command, case .success = result { onFence(fence) }
  }

  public func deliver() {
    for fence in renderer.takeReached() { onFence(fence) }
  }
}

extension BlockingRenderer {
  /// Carries a command out, in the caller's thread.
  public func perform(_ command: RendererCommand) -> Result<RendererResponse, RendererError> {
    do {
      switch command {
      case .createContext(let id, let capset, let name): try createContext(id, capset: capset, name: name)
      case .destroyContext(let id): destroyContext(id)
      case .attachResource(let resource, let context): try attach(resource, to: context)
      case .detachResource(let resource, let context): detach(resource, from: context)
      case .createResource(let resource): try create(resource)
      case .createBlob(let blob): try create(blob)
      case .destroyResource(let resource): destroy(resource)
      case .setBacking(let ranges, let resource): try setBacking(ranges, of: resource)
      case .transfer(let fields, let direction, let context): try transfer(fields, direction, in: context)
      case .submit(let commands, let context): try submit(commands, in: context)
      case .createFence(let fence): try mark(fence)
      case .read(let rectangle, let resource, let surface): try read(rectangle, of: resource, into: surface)
      case .shareBlob(let blob): return .success(.file(try share(blob)))
      case .reset: reset()
      }
      return .success(.done)
    } catch {
      return .failure(error)
    }
  }
}

internal import LinuxIO
public import Logging
internal import VirglRendering
internal import VirtioGPU

/// Choice of the renderer of a device.
public enum RendererChoice: String, CaseIterable, Sendable {
  /// 2D only, without a renderer: the guest draws with its own processor.
  case flat = "2d"
  /// OpenGL, by virglrenderer in this process.
  case virgl
  /// OpenGL in this process, and Vulkan in processes of their own.
  case venus

  /// Starts the renderer on a thread of its own, where each of its calls has a time limit; nil for 2D. The start ends with an
  /// error when `interruption` becomes readable.
  func makeThread(
    _ options: DeviceConfiguration, interruption: Descriptor? = nil, log: Logger
  ) throws -> RendererThread? {
    guard self != .flat else { return nil }
    let virgl = VirglOptions(renderNode: options.renderNode, venus: self == .venus, memory: options.quota.resourceBytes)
    return try RendererThread(virgl, timeLimit: .seconds(options.maxDrawing), interruption: interruption) {
      log.debug("\($0)")
    }
  }

  /// True when this machine has the renderer. It is started and ended to find out.
  public func isAvailable(_ options: DeviceConfiguration, log: Logger) -> Bool {
    (try? makeThread(options, log: log)) != nil
  }

  /// This choice, or the next best one that this machine has. The renderer is started and ended to find out.
  public func available(_ options: DeviceConfiguration, log: Logger) -> RendererChoice {
    start(options, log: log).choice
  }

  /// Starts the renderer of this choice, or of the next best one that this machine has, with a warning in the log. When
  /// `interruption` becomes readable, no renderer is started any more: the run is about to end.
  func start(
    _ options: DeviceConfiguration, interruption: Descriptor? = nil, log: Logger
  ) -> (choice: RendererChoice, renderer: RendererThread?) {
    do {
      return (self, try makeThread(options, interruption: interruption, log: log))
    } catch {
      if let interruption, (try? interruption.wait(for: .readable, timeoutMilliseconds: 0)) == true {
        log.info("\(error)")
        return (.flat, nil)
      }
      let rest: RendererChoice = self == .venus ? .virgl : .flat
      log.warning("the renderer \(rawValue) cannot start, so the guest gets \(rest.rawValue): \(error)")
      return rest.start(options, interruption: interruption, log: log)
    }
  }
}

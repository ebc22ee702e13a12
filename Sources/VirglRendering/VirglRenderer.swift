internal import CVirgl
public import LinuxIO
public import VirtioGPU

/// Renderer that draws with virglrenderer: OpenGL for the capability sets virgl and virgl2, Vulkan for venus.
///
/// A process has one at a time, because the library has one state. Every call happens on the thread that made it, and it is
/// dropped there; then another one may be made, on any thread. A call on another thread is an error. Devices use it
/// through a ``RendererThread``.
public final class VirglRenderer: BlockingRenderer {
  public let capsets: [Capset]

  let library: VirglLibrary
  let ready: ReadySet
  var contexts: [UInt32: VirglContext] = [:]
  var resources: [UInt32: VirglResource] = [:]
  var globalTimeline = GlobalTimeline()
  /// Bytes of the memory quota that are left.
  var freeMemory: UInt64

  /// Starts the library. `log` is called with each line of its log, on any thread and at a limited rate.
  public init(
    _ options: VirglOptions = VirglOptions(), log: @escaping @Sendable (String) -> Void
  ) throws(VirglError) {
    let library = try VirglLibrary(options, log: VirglLog(write: log))
    do throws(SystemError) { ready = try ReadySet() } catch { throw VirglError("\(error)") }
    let fences = (try? library.calls())?.get_poll_fd() ?? -1
    guard fences >= 0, ready.add(fences) else {
      throw VirglError("virglrenderer does not report fences: unset VIRGL_DISABLE_MT in the environment")
    }
    freeMemory = options.memory
    capsets = ([Capset.virgl, Capset.virgl2] + (options.venus ? [Capset.venus] : [])).compactMap { library.capset($0) }
    self.library = library
  }

  deinit {
    guard library.isOnItsThread else {
      // The library is not ended, and may use the backing of its resources.
      // Safe: the backing is never released.
      for backing in resources.values.compactMap(\.backing) { _ = unsafe Unmanaged.passRetained(backing) }
      return
    }
    endEverything()
  }

  public var events: Descriptor? { ready.descriptor }

  public func reset() {
    endEverything()
    globalTimeline.forget()
    _ = library.takeReached()
  }

  /// Destroys all contexts and resources, one by one: the library's own reset ends the thread that waits for fences.
  private func endEverything() {
    for id in contexts.keys.sorted() { destroyContext(id) }
    for id in resources.keys.sorted() { destroy(id) }
  }

  /// Throws the error that a return value of the library stands for. Every value but 0 is an error, positive or negative.
  func check(_ code: Int32, _ operation: @autoclosure () -> String) throws(RendererError) {
    guard code != 0 else { return }
    let code = Int32(clamping: code.magnitude)
    let kind: RendererError.Kind =
      switch code {
      case 22: .invalid
      case 12: .outOfMemory
      default: .failed
      }
    throw RendererError(kind, "virglrenderer cannot \(SystemError(operation(), code: code))")
  }
}

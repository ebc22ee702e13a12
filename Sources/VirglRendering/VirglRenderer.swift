internal import CVirgl
public import LinuxIO
public import VirtioGPU

/// Draws for guests with virglrenderer: OpenGL for the capability sets virgl and virgl2, Vulkan for venus.
///
/// There is one in a process at a time, because the library has one state. Everything is called on the thread that made
/// it, and it is dropped there; after that another one may be made, by any thread. Whoever calls it on another thread
/// gets an error.
public final class VirglRenderer: BlockingRenderer {
  public let capsets: [Capset]

  let library: VirglLibrary
  let ready: ReadySet
  var contexts: [UInt32: VirglContext] = [:]
  var resources: [UInt32: VirglResource] = [:]
  var globalTimeline = GlobalTimeline()
  /// Bytes that new resources may have.
  var freeMemory: UInt64

  /// Starts the library. `log` gets what it says, line by line, on any thread and at a bounded rate.
  public init(
    _ options: VirglOptions = VirglOptions(), log: @escaping @Sendable (String) -> Void
  ) throws(VirglError) {
    let library = try VirglLibrary(options, log: VirglLog(write: log))
    do throws(SystemError) { ready = try ReadySet() } catch { throw VirglError("\(error)") }
    let fences = (try? library.calls())?.get_poll_fd() ?? -1
    guard fences >= 0, ready.add(fences) else {
      throw VirglError("virglrenderer does not tell when fences are reached: is VIRGL_DISABLE_MT set? Unset it")
    }
    freeMemory = options.memory
    capsets = ([Capset.virgl, Capset.virgl2] + (options.venus ? [Capset.venus] : [])).compactMap { library.capset($0) }
    self.library = library
  }

  deinit {
    guard library.isOnItsThread else {
      // The library goes on as it is, and with it the pages that it was given.
      // Safe: nobody releases them any more.
      for pages in resources.values.compactMap(\.pages) { _ = unsafe Unmanaged.passRetained(pages) }
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

  /// Ends all contexts and resources, one by one: the library's own reset ends the thread that waits for its fences.
  private func endEverything() {
    for id in contexts.keys.sorted() { destroyContext(id) }
    for id in resources.keys.sorted() { destroy(id) }
  }

  /// Throws what a return value of the library means; any but 0 is an error, whatever its sign.
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

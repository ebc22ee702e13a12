internal import CLinux
internal import CVirgl
internal import Glibc
internal import LinuxIO
internal import VirtioGPU

/// virglrenderer, initialised for the one renderer of this process, from `init` to `deinit`.
///
/// It belongs to the thread that made it: on another thread its OpenGL library would end the process.
@safe
final class VirglLibrary {
  /// Fences that were reached and not taken, in order.
  private(set) var reached: [ReachedFence] = []
  private let functions: UnsafePointer<cvirgl>
  private let callbacks: UnsafeMutablePointer<virgl_renderer_callbacks>
  private let log: VirglLog
  private let node: Descriptor?
  private let thread = clinux_thread_id()
  private var isStarted = false

  /// A fence, with the library's number.
  enum ReachedFence {
    case global(UInt32)
    case ring(context: UInt32, index: UInt32, number: UInt64)
  }

  /// Loads and starts the library.
  init(_ options: VirglOptions, log: VirglLog) throws(VirglError) {
    let node = try options.openNode()
    unsafe functions = try Self.claim(options.library, log)
    self.log = log
    self.node = node
    unsafe callbacks = .allocate(capacity: 1)
    unsafe callbacks.initialize(to: Self.callbacks(withNode: node != nil))
    // From here on `deinit` runs when this throws.
    try options.checkDrivers()
    // Safe: the callbacks stay where they are, and this object lives, until `deinit` has cleaned the library up.
    let code = unsafe functions.pointee.`init`(Unmanaged.passUnretained(self).toOpaque(), options.flags, callbacks)
    guard code == 0 else {
      throw VirglError("virglrenderer cannot start (error \(code)); its last message: \(log.last)")
    }
    isStarted = true
  }

  deinit {
    guard isOnItsThread else {
      // The process cannot have another renderer, but it lives. The callbacks stay for the library.
      log.write("a renderer was dropped on another thread than its own, and stays")
      // Safe: the log, which the library still uses, is never released.
      _ = unsafe Unmanaged.passRetained(log)
      return
    }
    // Safe: this is the library's thread, and nothing of the library is in use.
    if isStarted { unsafe functions.pointee.cleanup(Unmanaged.passUnretained(self).toOpaque()) }
    cvirgl_release()
    // Safe: the library does not use them any more.
    unsafe callbacks.deallocate()
  }

  /// True on the thread of the library.
  var isOnItsThread: Bool { clinux_thread_id() == thread }

  /// The functions of the library. Throws when it is called on another thread than the library's.
  func calls() throws(RendererError) -> cvirgl {
    guard isOnItsThread else {
      let sentence = "virglrenderer was called on another thread than its own"
      log.write(sentence)
      throw RendererError(.failed, sentence)
    }
    // Safe: the table stays for as long as the process.
    return unsafe functions.pointee
  }

  /// Removes and returns the fences that were reached.
  func takeReached() -> [ReachedFence] {
    defer { reached = [] }
    return reached
  }

  /// Claims the library for this process, and sends its messages to the log.
  private static func claim(_ name: String, _ log: VirglLog) throws(VirglError) -> UnsafePointer<cvirgl> {
    var functions: UnsafePointer<cvirgl>?
    var problem = [CChar](repeating: 0, count: 256)
    // Safe: the log outlives the claim, which the caller gives back; the texts are bounded by their arrays.
    let claim = unsafe cvirgl_claim(
      name,
      { cookie, text in
        // Safe: the cookie is the log, and the text is copied.
        unsafe Unmanaged<VirglLog>.fromOpaque(cookie).takeUnretainedValue().write(String(cString: text))
      }, Unmanaged.passUnretained(log).toOpaque(), &functions, &problem, problem.count)
    if claim == CVIRGL_CLAIMED, let functions = unsafe functions { return unsafe functions }
    if claim == CVIRGL_TAKEN {
      throw VirglError(
        "there is a renderer in this process already: virglrenderer can be started once at a time, and not again after "
          + "its thread was abandoned")
    }
    let reason = String(decoding: problem.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    throw VirglError("virglrenderer cannot be loaded: install the package libvirglrenderer1 (\(reason))")
  }

  /// The functions that the library calls, on its thread.
  private static func callbacks(withNode: Bool) -> virgl_renderer_callbacks {
    var callbacks = virgl_renderer_callbacks()
    callbacks.version = 3
    unsafe callbacks.write_fence = { cookie, fence in
      // Safe: the cookie is the library's object, which outlives it.
      unsafe VirglLibrary.of(cookie)?.reached.append(.global(fence))
    }
    unsafe callbacks.write_context_fence = { cookie, context, index, number in
      // Safe: as above.
      unsafe VirglLibrary.of(cookie)?.reached.append(.ring(context: context, index: index, number: number))
    }
    guard withNode else { return callbacks }
    unsafe callbacks.get_drm_fd = { cookie in
      // Safe: as above. The library closes what it is given.
      guard let node = unsafe VirglLibrary.of(cookie)?.node else { return -1 }
      return fcntl(node.rawValue, F_DUPFD_CLOEXEC, 0)
    }
    return callbacks
  }

  @unsafe
  fileprivate static func of(_ cookie: UnsafeMutableRawPointer?) -> VirglLibrary? {
    // Safe: every callback gets the cookie that `init` gave the library.
    unsafe cookie.map { unsafe Unmanaged<VirglLibrary>.fromOpaque($0).takeUnretainedValue() }
  }
}

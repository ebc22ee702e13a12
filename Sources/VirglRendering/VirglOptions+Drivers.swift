internal import CVirgl
internal import Glibc
internal import LinuxIO
internal import Text

extension VirglOptions {
  /// Flags of `virgl_renderer_init`.
  ///
  /// Rendering is surfaceless: it needs no display server. A thread of virglrenderer waits for fences, so that nothing
  /// polls. Blobs are exported as files, so that guests can map them. Vulkan runs in processes of its own, which may
  /// end without ending this one.
  var flags: Int32 {
    VIRGL_RENDERER_USE_EGL | VIRGL_RENDERER_USE_SURFACELESS | VIRGL_RENDERER_THREAD_SYNC
      | VIRGL_RENDERER_USE_EXTERNAL_BLOB | (venus ? VIRGL_RENDERER_VENUS | VIRGL_RENDERER_RENDER_SERVER : 0)
  }

  /// Opens the render node, if one was chosen.
  func openNode() throws(VirglError) -> Descriptor? {
    guard let renderNode else { return nil }
    // Safe: the path is read during the call.
    let raw = unsafe open(renderNode.systemPath, O_RDWR | O_CLOEXEC)
    guard raw >= 0 else {
      throw VirglError("the render node cannot be used: \(SystemError("open \(renderNode)", code: errno))")
    }
    let node = Descriptor(owning: raw)
    // For any other file virglrenderer would draw in software, without an error.
    var status = stat()
    let directRendering: dev_t = 226
    // Safe: the structure is filled.
    guard unsafe fstat(raw, &status) == 0, status.st_mode & S_IFMT == S_IFCHR,
      status.st_rdev >> 8 & 0xFFF == directRendering
    else { throw VirglError("the render node cannot be used: \(renderNode) is not a render node of a GPU") }
    return node
  }

  /// Checks that the drivers and programs that virglrenderer needs are installed. virglrenderer itself does not check,
  /// and aborts the process when one is missing.
  func checkDrivers() throws(VirglError) {
    // Safe: the text is copied.
    guard let text = unsafe cvirgl_egl_extensions(), ["libGL.so.1", "libOpenGL.so.0"].contains(where: Self.canLoad)
    else {
      throw VirglError("OpenGL is not installed: install the packages libegl1 and libgl1")
    }
    // Safe: as above.
    let extensions = unsafe String(cString: text)
    guard extensions.contains("_platform_surfaceless") || renderNode != nil && extensions.contains("_platform_gbm")
    else {
      throw VirglError(
        "there is no driver for OpenGL without a display: install the packages libegl1 and libgl1-mesa-dri")
    }
    guard !venus || canExecute(renderServer) else {
      throw VirglError(
        "\(renderServer), which executes Vulkan for guests, does not exist: install the package virgl-server")
    }
    if venus, let problem = VulkanDrivers().problem { throw VirglError(problem) }
  }

  private func canExecute(_ program: String) -> Bool {
    // Safe: the path is read during the call.
    unsafe access(program, X_OK) == 0
  }

  private static func canLoad(_ library: String) -> Bool {
    // Safe: the name is read during the call.
    unsafe cvirgl_can_load(library) != 0
  }
}

import Display
import Glibc
import GuestDriver
import LinuxIO
import ScanoutTesting
import Synchronization
import Testing
import VirglRendering
import VirtioGPU

@Suite("Starting virglrenderer", .serialized)
@VirglActor
struct StartTests {
  @Test("the capability sets are virglrenderer's: virgl, virgl2, and venus if wanted", arguments: [false, true])
  func capsets(venus: Bool) throws {
    let renderer = try VirglRenderer.quiet(VirglOptions(venus: venus))
    #expect(renderer.capsets.map(\.name) == ["virgl", "virgl2"] + (venus ? ["venus"] : []))
    #expect(renderer.capsets.map(\.version) == [1, 2] + (venus ? [0] : []))
    #expect(renderer.capsets.map(\.data.count) == [308, 1376] + (venus ? [156] : []))
    for set in renderer.capsets { #expect(set.data.contains { $0 != 0 }) }
  }

  @Test("a second renderer is refused until the first one has ended")
  func second() throws {
    try {
      let first = try VirglRenderer.quiet()
      let error = #expect(throws: VirglError.self) { try VirglRenderer.quiet() }
      #expect(error?.description.hasPrefix("there is a renderer in this process already: ") == true)
      try first.makeContext()
    }()
    for _ in 1...3 { try VirglRenderer.quiet().makeContext() }
  }

  @Test("a missing library is an error that says what to install")
  func missingLibrary() throws {
    var options = VirglOptions()
    options.library = "libvirglrenderer.so.99"
    let error = #expect(throws: VirglError.self) { try VirglRenderer.quiet(options) }
    #expect(error?.description.contains("install the package libvirglrenderer1") == true)
    options.library = "libz.so.1"
    let other = #expect(throws: VirglError.self) { try VirglRenderer.quiet(options) }
    #expect(other?.description.contains("virgl_renderer_init") == true)
    _ = try VirglRenderer.quiet()
  }

  @Test("an invalid render node is an error that names it")
  func node() throws {
    let error = #expect(throws: VirglError.self) {
      try VirglRenderer.quiet(VirglOptions(renderNode: "/dev/dri/renderD999"))
    }
    #expect(
      error?.description
        == "the render node cannot be used: open /dev/dri/renderD999: No such file or directory")
    let wrong = #expect(throws: VirglError.self) { try VirglRenderer.quiet(VirglOptions(renderNode: "/dev/null")) }
    #expect(wrong?.description == "the render node cannot be used: /dev/null is not a render node of a GPU")
    _ = try VirglRenderer.quiet()
  }

  @Test("venus without its server is an error that says what to install")
  func missingServer() throws {
    var options = VirglOptions(venus: true)
    options.renderServer = "/nonexistent"
    let error = #expect(throws: VirglError.self) { try VirglRenderer.quiet(options) }
    #expect(error?.description.contains("install the package virgl-server") == true)
    _ = try VirglRenderer.quiet()
  }

  @Test("without drivers, the error says what to install", .timeLimit(.minutes(5)))
  func missingDriver() async {
    await #expect(processExitsWith: .success) {
      let words = Self.failure(with: "__EGL_VENDOR_LIBRARY_DIRS", "/nonexistent")
      #expect(words?.contains("install the packages libegl1 and libgl1-mesa-dri") == true)
    }
    await #expect(processExitsWith: .success) {
      let words = Self.failure(with: "LIBGL_DRIVERS_PATH", "/nonexistent")
      #expect(words?.contains("virglrenderer cannot start") == true)
    }
    await #expect(processExitsWith: .success) {
      let words = Self.failure(with: "VIRGL_DISABLE_MT", "1")
      #expect(words?.contains("VIRGL_DISABLE_MT") == true)
    }
  }

  @Test("venus on a machine without a driver for Vulkan is an error that says what to install", .timeLimit(.minutes(5)))
  func missingVulkan() async {
    await #expect(processExitsWith: .success) {
      let venus = VirglOptions(venus: true)
      for (name, value) in [
        ("XDG_DATA_DIRS", "/nonexistent"), ("XDG_CONFIG_DIRS", "/dev"), ("HOME", "/nonexistent"),
        ("XDG_DATA_HOME", ""),
      ] {
        // Safe: the texts are copied, and no other thread reads the environment meanwhile.
        unsafe setenv(name, value, 1)
      }
      let words = Self.failure(with: "VK_ICD_FILENAMES", "", venus)
      #expect(words == "there is no driver for Vulkan: install the package mesa-vulkan-drivers")
      // One that is added is one.
      #expect(Self.failure(with: "VK_ADD_DRIVER_FILES", "/nonexistent:/dev/null", venus) == nil)
    }
    await #expect(processExitsWith: .success) {
      let venus = VirglOptions(venus: true)
      let words = Self.failure(with: "VK_DRIVER_FILES", "/nonexistent:/dev", venus)
      #expect(words?.contains("where VK_DRIVER_FILES says") == true)
      #expect(words?.contains("install the package mesa-vulkan-drivers") == true)
      // OpenGL does without.
      #expect(Self.failure(with: "VK_DRIVER_FILES", "/nonexistent") == nil)
    }
  }

  /// Why there is no renderer in this process with an environment variable.
  private nonisolated static func failure(
    with name: String, _ value: String, _ options: VirglOptions = VirglOptions()
  ) -> String? {
    // Safe: the texts are copied, and no other thread reads the environment meanwhile.
    unsafe setenv(name, value, 1)
    do {
      _ = try VirglRenderer.quiet(options)
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test("calls on another thread fail and change nothing")
  func otherThread() throws {
    nonisolated(unsafe) let renderer = try VirglRenderer.quiet()
    try unsafe renderer.makeContext()
    let kind = Mutex<RendererError.Kind?>(nil)
    let thread = try NamedThread("other") {
      // Safe: the test's own thread waits for this one.
      let found = unsafe renderer.kind { try $0.makeContext(2) }
      kind.withLock { $0 = found }
      unsafe renderer.destroyContext(1)
      _ = unsafe renderer.takeReached()
      unsafe renderer.reset()
    }
    thread.join()
    #expect(kind.withLock { $0 } == .failed)
    // Safe: the other thread has ended.
    #expect(unsafe renderer.kind { try $0.makeContext(1) } == .invalid, "the context is still there")
  }

  @Test("a renderer can be made on one thread after another")
  func threads() throws {
    for _ in 1...3 {
      let failure = Mutex<String?>(nil)
      let thread = try NamedThread("renderer") {
        do {
          let renderer = try VirglRenderer.quiet()
          try renderer.makeContext()
          try renderer.mark(RendererFence(timeline: .global, number: 1))
          let count = try renderer.waitForFences(1).count
          failure.withLock { $0 = count == 1 ? nil : "\(count) fences" }
        } catch {
          failure.withLock { $0 = "\(error)" }
        }
      }
      thread.join()
      #expect(failure.withLock { $0 } == nil)
    }
  }

  @Test("messages of virglrenderer are logged at a limited rate")
  func log() throws {
    let lines = Mutex<[String]>([])
    let renderer = try VirglRenderer { line in lines.withLock { $0.append(line) } }
    try renderer.makeContext()
    let wrong = VirglStream.clear(99, format: 1, red: 0, green: 0, blue: 0).bytes
    for _ in 1...1000 { _ = renderer.kind { try $0.submit(wrong, in: 1) } }
    lines.withLock { lines in
      #expect(lines.contains { $0.hasPrefix("virglrenderer: ") && $0.contains("context 1") }, "\(lines)")
      #expect(lines.count <= 2 * VirglLog.limit)
    }
  }
}

@Suite("The log of virglrenderer")
struct VirglLogTests {
  @Test("lines over the limit are counted, and the count is logged later")
  func limit() {
    let time = Mutex<UInt64>(0)
    let lines = Mutex<[String]>([])
    let log = VirglLog(now: { time.withLock { $0 } }, write: { line in lines.withLock { $0.append(line) } })
    for number in 1...VirglLog.limit + 5 { log.write(" line \(number)\n") }
    log.write("\n")
    time.withLock { $0 += VirglLog.interval }
    log.write("again")
    lines.withLock { lines in
      #expect(lines.prefix(1) == ["virglrenderer: line 1"])
      #expect(lines.suffix(2) == ["virglrenderer wrote 5 more lines", "virglrenderer: again"])
      #expect(lines.count == VirglLog.limit + 2)
    }
    #expect(log.last == "again")
  }
}

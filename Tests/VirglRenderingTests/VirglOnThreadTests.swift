import Display
import Glibc
import GuestDriver
import LinuxIO
import ScanoutTesting
import Testing
import VirglRendering
import VirtioGPU

@Suite("virglrenderer on a thread of its own", .serialized)
@VirglActor
struct VirglOnThreadTests {
  private nonisolated static func makeRenderer(timeLimit: Duration = .seconds(120)) throws -> RendererThread {
    try RendererThread(VirglOptions(), timeLimit: timeLimit) { _ in }
  }

  @Test("draws, reads pixels back and reaches fences, and is started again after its end")
  func draws() throws {
    for _ in 1...2 {
      let renderer = try Self.makeRenderer()
      #expect(renderer.capsets.map(\.name) == ["virgl", "virgl2"])
      var reached: [RendererFence] = []
      renderer.onFence = { reached.append($0) }
      let surface = try Surface(size: Size(width: 8, height: 8), format: .b8g8r8a8)
      try renderer.wait(for: .createContext(1, capset: 2, name: "test"))
      try renderer.wait(
        for: .createResource(
          ResourceCreate3D(
            resourceID: 5, format: 1, bind: Bind.renderTarget, width: surface.size.width, height: surface.size.height)))
      try renderer.wait(for: .attachResource(5, context: 1))
      let fence = RendererFence(timeline: .ring(context: 1, index: 0), number: 1)
      let clear = VirglStream.clear(5, format: 1, red: 1, green: 1, blue: 1)
      renderer.perform(.submit(clear.bytes, context: 1)) { _ in }
      renderer.perform(.createFence(fence)) { _ in }
      try renderer.wait(for: .read(Rectangle(surface.size), resource: 5, surface))
      #expect(surface.dots(on: 0xFFFF_FFFF).isEmpty)
      try renderer.deliver(until: { reached == [fence] })
      #expect(throws: RendererError.self) { try renderer.wait(for: .submit([0, 0, 0, 0, 0], context: 1)) }
      #expect(renderer.end(within: .seconds(120)))
    }
  }

  @Test("an endless shader blocks nothing else, and is abandoned after the time limit", .timeLimit(.minutes(5)))
  func endlessShader() async {
    await #expect(processExitsWith: .success) {
      let renderer = try Self.makeRenderer(timeLimit: .seconds(3))
      var lost: [String] = []
      renderer.onLost = { lost.append($0) }
      try renderer.wait(for: .createContext(1, capset: 2, name: "test"))
      var isCompleted = false
      renderer.perform(.submit(VirglStream.endlessShader.bytes, context: 1)) { _ in isCompleted = true }
      // Another device goes on on this thread; its guest draws for itself.
      let recorder = EventRecorder()
      let size = Size(width: 64, height: 48)
      let ram = try GuestRAM(count: 16 << 20)
      let device = Device(outputs: [Output(size: size)], sink: recorder, clock: { .zero })
      let frame = try Framebuffer(GPUDriver(InProcessLink(device, ram: ram), ram: ram), size: size, format: .b8g8r8x8)
      try frame.show(on: 0)
      for _ in 0..<100 { try frame.flush() }
      #expect(recorder.frames[0] == 100)
      renderer.deliver()
      #expect(!isCompleted && lost.isEmpty)
      try renderer.deliver(until: { !lost.isEmpty })
      #expect(isCompleted)
      #expect(lost == ["The renderer did not finish SUBMIT_3D within 3 s, so it was abandoned."])
      try frame.flush()
      #expect(recorder.frames[0] == 101)
      #expect(throws: VirglError.self) { try Self.makeRenderer() }
      #expect(RendererThread.hasAbandonedThread)
      // The shader still runs: nothing of the driver may be freed.
      _exit(EXIT_SUCCESS)
    }
  }
}

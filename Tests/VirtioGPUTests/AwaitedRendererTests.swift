import Display
import GuestDriver
import LinuxIO
import ScanoutTesting
import Testing
import VirtioGPU

@Suite("Several renderers of a device in the same process")
struct AwaitedRendererTests {
  /// A renderer whose completions are ready only when somebody waits for them.
  private final class AwaitedRenderer: Renderer {
    var onLost: (String) -> Void = { _ in }
    var onFence: (RendererFence) -> Void = { _ in }
    let capsets: [Capset]
    private let counter: EventCounter
    private var completions: [(Result<RendererResponse, RendererError>) -> Void] = []
    private var looks = 0

    init(capset: UInt32) throws {
      capsets = [Capset(id: capset, version: 1, data: [1])]
      counter = try EventCounter()
    }

    var events: Descriptor? {
      if !completions.isEmpty { looks += 1 }
      // The first look is whether there is something already.
      if looks > 1 { counter.signal() }
      return counter.descriptor
    }

    func perform(
      _ command: RendererCommand, completion: @escaping (Result<RendererResponse, RendererError>) -> Void
    ) {
      completions.append(completion)
      looks = 0
    }

    func deliver() {
      guard counter.drain() else { return }
      looks = 0
      let ready = completions
      completions = []
      for completion in ready { completion(.success(.done)) }
    }
  }

  @Test("a guest that waits is told of the completion of any of them", arguments: [Capset.virgl2, Capset.venus])
  func anyRenderer(capset: UInt32) throws {
    let renderers = try [Capset.virgl2, Capset.venus].map { try AwaitedRenderer(capset: $0) }
    let device = Device(
      outputs: [Output(size: LateGuest.size)], renderers: renderers, sink: EventRecorder(), clock: { .zero })
    let ram = try GuestRAM(count: 1 << 20)
    let driver = try GPUDriver(InProcessLink(device, ram: ram), ram: ram)
    try driver.send(ContextCreate(capset: capset), context: 1)
  }
}

import Dispatch
import Display
import Glibc
import LinuxIO
import Synchronization
import VirtioGPU
import Virtqueue

/// Fake renderer that notes its calls, and whose calls block, fail and signal fences when a test says so.
final class ScriptedRenderer: BlockingRenderer {
  /// What a test and the renderer, on its thread, share.
  final class Script: Sendable {
    /// Commands that block until the gate is opened.
    static let blocking: [UInt8] = [1]
    /// Commands that fail.
    static let failing: [UInt8] = [2]
    /// A resource whose backing blocks as well.
    static let blockingResource: UInt32 = 99

    /// Tells that a call waits at the gate.
    let waiting = DispatchSemaphore(value: 0)
    /// Lets one call pass.
    let gate = DispatchSemaphore(value: 0)
    private let calls = Mutex<[(name: String, thread: pthread_t)]>([])
    private let reached = Mutex<[RendererFence]>([])
    fileprivate let counter: EventCounter?

    /// With `hasEvents` false, fences are reached when they are made.
    init(hasEvents: Bool = true) throws {
      counter = hasEvents ? try EventCounter() : nil
    }

    /// The names of all calls.
    var names: [String] { calls.withLock { $0.map(\.name) } }

    /// The threads of all calls.
    var threads: Set<pthread_t> { calls.withLock { Set($0.map(\.thread)) } }

    /// Reaches fences. Any thread may call it.
    func reach(_ fences: RendererFence...) {
      reached.withLock { $0 += fences }
      counter?.signal()
    }

    func note(_ name: String) {
      calls.withLock { $0.append((name, pthread_self())) }
    }

    func block() {
      waiting.signal()
      gate.wait()
    }

    fileprivate func takeReached() -> [RendererFence] {
      counter?.drain()
      return reached.withLock { fences in
        defer { fences = [] }
        return fences
      }
    }
  }

  private let script: Script
  private var backings: [UInt32: [GuestRange]] = [:]

  init(_ script: Script) {
    self.script = script
    script.note("start")
  }

  deinit {
    script.note("end")
  }

  var capsets: [Capset] { [Capset(id: 2, version: 2, data: [1, 2, 3])] }

  var events: Descriptor? { script.counter?.descriptor }

  func createContext(_ id: UInt32, capset: UInt32, name: String) { script.note("context \(id)") }

  func destroyContext(_ id: UInt32) { script.note("no context \(id)") }

  func attach(_ resource: UInt32, to context: UInt32) { script.note("attach \(resource)") }

  func detach(_ resource: UInt32, from context: UInt32) { script.note("detach \(resource)") }

  func create(_ resource: ResourceCreate3D) { script.note("resource \(resource.resourceID)") }

  func create(_ blob: RendererBlob) { script.note("blob \(blob.resourceID)") }

  func destroy(_ resource: UInt32) {
    script.note("no resource \(resource)")
    backings[resource] = nil
  }

  func setBacking(_ pages: [GuestRange]?, of resource: UInt32) {
    script.note("backing \(resource)")
    if resource == Script.blockingResource { script.block() }
    backings[resource] = pages
  }

  func transfer(_ fields: Transfer3D, _ direction: TransferDirection, in context: UInt32) {
    script.note("transfer \(direction)")
  }

  func submit(_ commands: [UInt8], in context: UInt32) throws(RendererError) {
    script.note("submit \(context)")
    if commands == Script.blocking { script.block() }
    if commands == Script.failing { throw RendererError(.invalid, "The script says so.") }
  }

  func mark(_ fence: RendererFence) { script.note("fence \(fence.number)") }

  func takeReached() -> [RendererFence] { script.takeReached() }

  func read(_ rectangle: Rectangle, of resource: UInt32, into surface: Surface) {
    script.note("read \(resource)")
    surface.fill(rectangle, with: Color(red: 255, green: 0, blue: 0))
  }

  func share(_ blob: UInt32) throws(RendererError) -> SharedBlob {
    do {
      return SharedBlob(file: try MappedMemory.makeFile(named: "blob", count: 4096), count: 4096, caching: .cached)
    } catch {
      throw RendererError(.outOfMemory, "\(error)")
    }
  }

  func reset() {
    script.note("reset")
    backings = [:]
  }
}

import Display
import FuzzSupport
import LinuxIO
import VirtioGPU
import Virtqueue

/// A renderer that holds the device to the contract of ``VirtioGPU/Renderer``, and fails when told to.
package final class CheckedRenderer: BlockingRenderer {
  /// The error of the next call that may fail; nil: it works.
  package var failure: RendererError.Kind?
  private let renderer: any BlockingRenderer
  /// By id, with the resources that each uses.
  private var contexts: [UInt32: Set<UInt32>] = [:]
  private var resources: Set<UInt32> = []
  private var lastFence: UInt64 = 0

  package init(_ renderer: any BlockingRenderer) {
    self.renderer = renderer
  }

  package var isEmpty: Bool { contexts.isEmpty && resources.isEmpty }
  package var capsets: [Capset] { renderer.capsets }
  package var events: Descriptor? { renderer.events }

  package func createContext(_ id: UInt32, capset: UInt32, name: String) throws(RendererError) {
    require(id != 0 && contexts[id] == nil, "context \(id) is made twice")
    require(capsets.contains { $0.id == capset }, "a context of capability set \(capset) is made")
    try mayFail()
    try renderer.createContext(id, capset: capset, name: name)
    contexts[id] = []
  }

  package func destroyContext(_ id: UInt32) {
    require(contexts.removeValue(forKey: id) != nil, "context \(id) ends, and there was none")
    renderer.destroyContext(id)
  }

  package func attach(_ resource: UInt32, to context: UInt32) throws(RendererError) {
    know(resource)
    require(contexts[context]?.contains(resource) == false, "\(resource) is attached to \(context) again, or to none")
    try mayFail()
    try renderer.attach(resource, to: context)
    contexts[context]?.insert(resource)
  }

  package func detach(_ resource: UInt32, from context: UInt32) {
    know(resource)
    require(contexts[context]?.remove(resource) != nil, "\(resource) is detached from \(context), which had it not")
    renderer.detach(resource, from: context)
  }

  package func create(_ resource: ResourceCreate3D) throws(RendererError) {
    try make(resource.resourceID) { () throws(RendererError) in try renderer.create(resource) }
  }

  package func create(_ blob: RendererBlob) throws(RendererError) {
    require(contexts[blob.context] != nil && blob.memory != .guest, "\(blob) belongs to no context")
    try make(blob.resourceID) { () throws(RendererError) in try renderer.create(blob) }
  }

  package func destroy(_ resource: UInt32) {
    know(resource)
    resources.remove(resource)
    for id in contexts.keys { contexts[id]?.remove(resource) }
    renderer.destroy(resource)
  }

  package func setBacking(_ pages: [GuestRange]?, of resource: UInt32) throws(RendererError) {
    know(resource)
    // To take pages away cannot fail.
    if pages != nil { try mayFail() }
    try renderer.setBacking(pages, of: resource)
  }

  package func transfer(
    _ fields: Transfer3D, _ direction: TransferDirection, in context: UInt32
  ) throws(RendererError) {
    know(fields.resourceID)
    require(context == 0 || contexts[context] != nil, "context \(context) transfers, and there is none")
    try mayFail()
    try renderer.transfer(fields, direction, in: context)
  }

  package func submit(_ commands: [UInt8], in context: UInt32) throws(RendererError) {
    require(contexts[context] != nil, "context \(context) draws, and there is none")
    require(commands.count % 4 == 0, "\(commands.count) bytes are no commands")
    try mayFail()
    try renderer.submit(commands, in: context)
  }

  package func mark(_ fence: RendererFence) throws(RendererError) {
    require(fence.number > lastFence, "fence \(fence.number) does not rise")
    lastFence = fence.number
    if case .ring(let context, let index) = fence.timeline {
      require(context == 0 || contexts[context] != nil, "a fence of context \(context), and there is none")
      require(index < 64, "a fence of ring \(index)")
    }
    try mayFail()
    try renderer.mark(fence)
  }

  package func takeReached() -> [RendererFence] { renderer.takeReached() }

  package func read(_ rectangle: Rectangle, of resource: UInt32, into surface: Surface) throws(RendererError) {
    know(resource)
    require(!rectangle.isEmpty && rectangle.isInside(surface.size), "\(rectangle) is read of \(surface.size)")
    try mayFail()
    try renderer.read(rectangle, of: resource, into: surface)
  }

  package func share(_ blob: UInt32) throws(RendererError) -> SharedBlob {
    know(blob)
    try mayFail()
    return try renderer.share(blob)
  }

  package func reset() {
    contexts = [:]
    resources = []
    renderer.reset()
  }

  private func make(_ resource: UInt32, _ body: () throws(RendererError) -> Void) throws(RendererError) {
    require(resource != 0 && !resources.contains(resource), "resource \(resource) is made twice")
    try mayFail()
    try body()
    resources.insert(resource)
  }

  private func know(_ resource: UInt32) {
    require(resources.contains(resource), "resource \(resource) is named, and was not made")
  }

  private func mayFail() throws(RendererError) {
    guard let kind = failure else { return }
    failure = nil
    throw RendererError(kind, "it was told to fail")
  }
}

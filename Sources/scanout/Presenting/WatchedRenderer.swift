import Display
import LinuxIO
import VirtioGPU
import Virtqueue

/// A renderer whose every call has its time to return: a guest's endless shader ends the process, with a word, rather
/// than hold it up for good.
final class WatchedRenderer: BlockingRenderer {
  private let renderer: any BlockingRenderer
  private let watchdog: Watchdog

  /// Watches `renderer`.
  init(_ renderer: any BlockingRenderer, by watchdog: Watchdog) {
    self.renderer = renderer
    self.watchdog = watchdog
  }

  var capsets: [Capset] { renderer.capsets }

  var events: Descriptor? { renderer.events }

  func createContext(_ id: UInt32, capset: UInt32, name: String) throws(RendererError) {
    try watchdog.watch { () throws(RendererError) in try renderer.createContext(id, capset: capset, name: name) }
  }

  func destroyContext(_ id: UInt32) {
    watchdog.watch { renderer.destroyContext(id) }
  }

  func attach(_ resource: UInt32, to context: UInt32) throws(RendererError) {
    try watchdog.watch { () throws(RendererError) in try renderer.attach(resource, to: context) }
  }

  func detach(_ resource: UInt32, from context: UInt32) {
    watchdog.watch { renderer.detach(resource, from: context) }
  }

  func create(_ resource: ResourceCreate3D) throws(RendererError) {
    try watchdog.watch { () throws(RendererError) in try renderer.create(resource) }
  }

  func create(_ blob: RendererBlob) throws(RendererError) {
    try watchdog.watch { () throws(RendererError) in try renderer.create(blob) }
  }

  func destroy(_ resource: UInt32) {
    watchdog.watch { renderer.destroy(resource) }
  }

  func setBacking(_ pages: [GuestRange]?, of resource: UInt32) throws(RendererError) {
    try watchdog.watch { () throws(RendererError) in try renderer.setBacking(pages, of: resource) }
  }

  func transfer(
    _ fields: Transfer3D, _ direction: TransferDirection, in context: UInt32
  ) throws(RendererError) {
    try watchdog.watch { () throws(RendererError) in try renderer.transfer(fields, direction, in: context) }
  }

  func submit(_ commands: [UInt8], in context: UInt32) throws(RendererError) {
    try watchdog.watch { () throws(RendererError) in try renderer.submit(commands, in: context) }
  }

  func mark(_ fence: RendererFence) throws(RendererError) {
    try watchdog.watch { () throws(RendererError) in try renderer.mark(fence) }
  }

  func takeReached() -> [RendererFence] {
    watchdog.watch { renderer.takeReached() }
  }

  func read(_ rectangle: Rectangle, of resource: UInt32, into surface: Surface) throws(RendererError) {
    try watchdog.watch { () throws(RendererError) in try renderer.read(rectangle, of: resource, into: surface) }
  }

  func share(_ blob: UInt32) throws(RendererError) -> SharedBlob {
    try watchdog.watch { () throws(RendererError) in try renderer.share(blob) }
  }

  func reset() {
    watchdog.watch { renderer.reset() }
  }
}

public import Display
public import LinuxIO
public import Virtqueue

/// A renderer whose every call has its time to return: a guest's endless shader ends the process, with a word, rather
/// than hold it up for good.
public final class WatchedRenderer: BlockingRenderer {
  private let renderer: any BlockingRenderer
  private let watchdog: Watchdog

  /// Watches `renderer`.
  public init(_ renderer: any BlockingRenderer, by watchdog: Watchdog) {
    self.renderer = renderer
    self.watchdog = watchdog
  }

  public var capsets: [Capset] { renderer.capsets }

  public var events: Descriptor? { renderer.events }

  public func createContext(_ id: UInt32, capset: UInt32, name: String) throws(RendererError) {
    try watchdog.watch { () throws(RendererError) in try renderer.createContext(id, capset: capset, name: name) }
  }

  public func destroyContext(_ id: UInt32) {
    watchdog.watch { renderer.destroyContext(id) }
  }

  public func attach(_ resource: UInt32, to context: UInt32) throws(RendererError) {
    try watchdog.watch { () throws(RendererError) in try renderer.attach(resource, to: context) }
  }

  public func detach(_ resource: UInt32, from context: UInt32) {
    watchdog.watch { renderer.detach(resource, from: context) }
  }

  public func create(_ resource: ResourceCreate3D) throws(RendererError) {
    try watchdog.watch { () throws(RendererError) in try renderer.create(resource) }
  }

  public func create(_ blob: RendererBlob) throws(RendererError) {
    try watchdog.watch { () throws(RendererError) in try renderer.create(blob) }
  }

  public func destroy(_ resource: UInt32) {
    watchdog.watch { renderer.destroy(resource) }
  }

  public func setBacking(_ pages: [GuestRange]?, of resource: UInt32) throws(RendererError) {
    try watchdog.watch { () throws(RendererError) in try renderer.setBacking(pages, of: resource) }
  }

  public func transfer(
    _ fields: Transfer3D, _ direction: TransferDirection, in context: UInt32
  ) throws(RendererError) {
    try watchdog.watch { () throws(RendererError) in try renderer.transfer(fields, direction, in: context) }
  }

  public func submit(_ commands: [UInt8], in context: UInt32) throws(RendererError) {
    try watchdog.watch { () throws(RendererError) in try renderer.submit(commands, in: context) }
  }

  public func mark(_ fence: RendererFence) throws(RendererError) {
    try watchdog.watch { () throws(RendererError) in try renderer.mark(fence) }
  }

  public func takeReached() -> [RendererFence] {
    watchdog.watch { renderer.takeReached() }
  }

  public func read(_ rectangle: Rectangle, of resource: UInt32, into surface: Surface) throws(RendererError) {
    try watchdog.watch { () throws(RendererError) in try renderer.read(rectangle, of: resource, into: surface) }
  }

  public func share(_ blob: UInt32) throws(RendererError) -> SharedBlob {
    try watchdog.watch { () throws(RendererError) in try renderer.share(blob) }
  }

  public func reset() {
    watchdog.watch { renderer.reset() }
  }
}

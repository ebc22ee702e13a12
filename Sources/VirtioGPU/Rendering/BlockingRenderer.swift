public import Display
public import LinuxIO
public import Virtqueue

/// Draws for the guest, in the caller's thread: what ``Renderer`` promises, with calls that return when they are done.
///
/// Everything is called on one thread, which is the one that made the renderer. The caller names no context and no resource
/// that it has not made, makes none twice, and bounds how many there are; what the guest wrote into the fields of a command
/// is passed on unchecked, and judged here. Others may change the guest's memory at any moment. An error is the response to
/// the guest, and leaves everything as it was.
public protocol BlockingRenderer: AnyObject {
  /// The capability sets that guests may ask for, in the order of their indexes.
  var capsets: [Capset] { get }

  /// Readable when ``takeReached()`` has something to return or to do; nil: a fence is reached when it is made.
  var events: Descriptor? { get }

  /// Makes a context whose commands follow the capability set `capset`.
  func createContext(_ id: UInt32, capset: UInt32, name: String) throws(RendererError)

  /// Destroys a context. Its fences are the device's to retire.
  func destroyContext(_ id: UInt32)

  /// Attaches a resource to a context, which may use it from now on.
  func attach(_ resource: UInt32, to context: UInt32) throws(RendererError)

  /// Detaches it.
  func detach(_ resource: UInt32, from context: UInt32)

  /// Makes a texture or a buffer.
  func create(_ resource: ResourceCreate3D) throws(RendererError)

  /// Makes a blob of an object of a context.
  func create(_ blob: RendererBlob) throws(RendererError)

  /// Destroys a resource, attached or not.
  func destroy(_ resource: UInt32)

  /// Puts guest memory behind a resource, as one run of bytes; nil: none any more. It stays where it is until this is
  /// called again.
  func setBacking(_ ranges: [GuestRange]?, of resource: UInt32) throws(RendererError)

  /// Copies between a resource and its backing. Context 0 is the device itself.
  func transfer(_ fields: Transfer3D, _ direction: TransferDirection, in context: UInt32) throws(RendererError)

  /// Executes commands of a context, or puts them to work.
  func submit(_ commands: [UInt8], in context: UInt32) throws(RendererError)

  /// Marks what a timeline was given so far; ``takeReached()`` tells when that is done.
  func mark(_ fence: RendererFence) throws(RendererError)

  /// Fences that were reached since this was last asked; each stands for all of its timeline with lower numbers.
  func takeReached() -> [RendererFence]

  /// Copies `rectangle` of a flat resource, a blob or not, to the same place in `surface`, which has its size and its
  /// order of colours, the top row first, once all that was submitted before is drawn.
  func read(_ rectangle: Rectangle, of resource: UInt32, into surface: Surface) throws(RendererError)

  /// The file that holds the bytes of a blob, for guests to see.
  func share(_ blob: UInt32) throws(RendererError) -> SharedBlob

  /// Destroys all contexts and resources.
  func reset()
}

/// The direction of a transfer.
public enum TransferDirection: Sendable {
  /// From the backing.
  case toHost
  /// To the backing.
  case fromHost
}

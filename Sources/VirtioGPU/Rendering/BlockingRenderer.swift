public import Display
public import LinuxIO
public import Virtqueue

/// Who draws for the guest: contexts, their resources, commands and fences. Scanouts, pointers and EDID are the device's.
///
/// Everything is called on one thread, the device's, and that is the thread which made the renderer. The device keeps
/// the books: it names no context and no resource that it has not made, makes none twice, and bounds how many there
/// are; what the guest wrote into the fields of a command is passed on unchecked, and judged here. Where pages of the
/// guest are lent, others may change their contents at any moment. An error is the truth for the guest, and leaves
/// everything as it was.
public protocol BlockingRenderer: AnyObject {
  /// What guests may ask for, in the order of their indexes.
  var capsets: [Capset] { get }

  /// Readable when fences may have been reached, or work waits to be done, in ``takeReached()``; nil: a fence is reached
  /// when it is made.
  var events: Descriptor? { get }

  /// Makes a context whose commands follow the capability set `capset`.
  func createContext(_ id: UInt32, capset: UInt32, name: String) throws(RendererError)

  /// Ends a context. Its fences are the device's to retire.
  func destroyContext(_ id: UInt32)

  /// Lets a context use a resource.
  func attach(_ resource: UInt32, to context: UInt32) throws(RendererError)

  /// Ends that.
  func detach(_ resource: UInt32, from context: UInt32)

  /// Makes a texture or a buffer.
  func create(_ resource: ResourceCreate3D) throws(RendererError)

  /// Makes a blob of an object of a context.
  func create(_ blob: RendererBlob) throws(RendererError)

  /// Ends a resource, attached or not.
  func destroy(_ resource: UInt32)

  /// The guest's pages behind a resource from now on, as one run of bytes; nil: none any more. They stay where they are
  /// until this is called again.
  func setBacking(_ pages: [GuestRange]?, of resource: UInt32) throws(RendererError)

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

  /// The file that holds a blob's bytes, for guests to see.
  func share(_ blob: UInt32) throws(RendererError) -> SharedBlob

  /// Ends all contexts and resources.
  func reset()
}

/// Which way a transfer goes.
public enum TransferDirection: Sendable {
  /// From the guest's pages.
  case toHost
  /// To the guest's pages.
  case fromHost
}

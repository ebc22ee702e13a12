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
public protocol Renderer: AnyObject {
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

  /// Copies `rectangle` of a flat resource to the same place in `surface`, which has its size and its format, the top
  /// row first, once all that was submitted before is drawn.
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

/// A set of abilities that guests ask for by its id (specification: "capset").
public struct Capset: Equatable, Sendable {
  /// Which set (specification: `VIRTIO_GPU_CAPSET_…`): 1 virgl, 2 virgl2, 4 venus.
  public let id: UInt32
  /// The newest version.
  public let version: UInt32
  /// What it says, as long as any version of it is.
  public let data: [UInt8]

  /// A set.
  public init(id: UInt32, version: UInt32, data: [UInt8]) {
    self.id = id
    self.version = version
    self.data = data
  }

  /// What people call it.
  public var name: String {
    switch id {
    case 1: "virgl"
    case 2: "virgl2"
    case 4: "venus"
    case 5: "cross-domain"
    default: "capset \(id)"
    }
  }
}

/// A blob that a renderer makes.
public struct RendererBlob: Equatable, Sendable {
  /// The new resource.
  public var resourceID: UInt32
  /// The context that the object belongs to.
  public var context: UInt32
  /// Never ``BlobMemory/guest``: such blobs are the device's.
  public var memory: BlobMemory
  /// What for.
  public var flags: BlobFlags
  /// The object.
  public var blobID: UInt64
  /// Bytes; at most as many as the object has.
  public var size: UInt64

  /// A blob of these fields.
  public init(
    resourceID: UInt32, context: UInt32, memory: BlobMemory, flags: BlobFlags, blobID: UInt64, size: UInt64
  ) {
    self.resourceID = resourceID
    self.context = context
    self.memory = memory
    self.flags = flags
    self.blobID = blobID
    self.size = size
  }
}

/// A moment in the work of a timeline.
public struct RendererFence: Hashable, Sendable {
  /// Whose work.
  public var timeline: Timeline
  /// Rises from each fence to the next, of any timeline.
  public var number: UInt64

  /// Fence `number`, of a timeline.
  public init(timeline: Timeline, number: UInt64) {
    self.timeline = timeline
    self.number = number
  }
}

/// An order of fences (specification, "Device Operation: Control header": the global one, or a ring of a context).
public enum Timeline: Hashable, Sendable {
  /// That of all fences without a ring.
  case global
  /// That of a ring of a context.
  case ring(context: UInt32, index: UInt8)
}

/// The bytes of a blob, to be mapped by others.
public struct SharedBlob: Sendable {
  /// The file, which begins with them.
  public let file: Descriptor
  /// How many bytes there are.
  public let count: UInt64
  /// How a guest has to map them.
  public let caching: MapCaching

  /// The first `count` bytes of a file.
  public init(file: Descriptor, count: UInt64, caching: MapCaching) {
    self.file = file
    self.count = count
    self.caching = caching
  }
}

/// How a processor may keep bytes of a blob (specification: `VIRTIO_GPU_MAP_CACHE_…`).
public enum MapCaching: UInt32, Sendable {
  /// Not said.
  case none
  /// Like other memory.
  case cached
  /// Not at all.
  case uncached
  /// Only what is written, for a while.
  case writeCombining
}

/// What a renderer cannot do.
public struct RendererError: Error, Equatable, CustomStringConvertible {
  /// Whose fault it is, which chooses the guest's error code.
  public enum Kind: Sendable {
    /// The guest asked for what makes no sense.
    case invalid
    /// There is no memory for it.
    case outOfMemory
    /// It failed, or cannot be done here.
    case failed
  }

  /// Whose fault it is.
  public let kind: Kind
  /// A sentence.
  public let description: String

  /// An error.
  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}

public import Display
public import Virtqueue

/// What the device asks of a renderer.
///
/// The device names no context and no resource that it has not made, makes none twice, and bounds how many there are. What
/// the guest wrote into the fields of a command is passed on unchecked, and judged by the renderer. Pages of the guest may
/// be changed by others at any moment.
public enum RendererCommand: Sendable {
  /// Makes a context whose commands follow the capability set `capset`.
  case createContext(UInt32, capset: UInt32, name: String)
  /// Ends a context. Its fences are the device's to retire.
  case destroyContext(UInt32)
  /// Lets a context use a resource.
  case attachResource(UInt32, context: UInt32)
  /// Ends that.
  case detachResource(UInt32, context: UInt32)
  /// Makes a texture or a buffer.
  case createResource(ResourceCreate3D)
  /// Makes a blob of an object of a context.
  case createBlob(RendererBlob)
  /// Ends a resource, attached or not. After the response the renderer touches none of its memory.
  case destroyResource(UInt32)
  /// Puts pages of the guest behind a resource, as one run of bytes; nil: none any more. After the response the renderer
  /// touches none of the pages that were there before.
  case setBacking([GuestRange]?, resource: UInt32)
  /// Copies between a resource and its backing. Context 0 is the device itself.
  case transfer(Transfer3D, TransferDirection, context: UInt32)
  /// Executes commands of a context, or puts them to work.
  case submit([UInt8], context: UInt32)
  /// Marks what a timeline was given so far; the renderer reports the fence when that is done.
  case createFence(RendererFence)
  /// Copies a rectangle of a flat resource, a blob or not, to the same place in the surface, which has its size and its
  /// order of colours, the top row first, once all that was submitted before is drawn.
  case read(Rectangle, resource: UInt32, Surface)
  /// Asks for the file that holds a blob's bytes: the response is ``RendererResponse/file(_:)``.
  case shareBlob(UInt32)
  /// Ends all contexts and resources. After the response the renderer touches no memory of the guest.
  case reset
}

/// What a renderer has to say to a command that it carried out.
public enum RendererResponse: Sendable {
  /// Nothing more.
  case done
  /// The bytes of a blob.
  case file(SharedBlob)
}

public import Display
public import Virtqueue

/// A command of the device to a renderer.
///
/// The device names no context and no resource that it has not made, makes none twice, and bounds how many there are. What
/// the guest wrote into the fields of a command is passed on unchecked, and judged by the renderer. Others may change the
/// guest's memory at any moment.
public enum RendererCommand: Sendable {
  /// Makes a context whose commands follow the capability set `capset`.
  case createContext(UInt32, capset: UInt32, name: String)
  /// Destroys a context. Its fences are the device's to retire.
  case destroyContext(UInt32)
  /// Attaches a resource to a context, which may use it from now on.
  case attachResource(UInt32, context: UInt32)
  /// Detaches it.
  case detachResource(UInt32, context: UInt32)
  /// Makes a texture or a buffer.
  case createResource(ResourceCreate3D)
  /// Makes a blob of an object of a context.
  case createBlob(RendererBlob)
  /// Destroys a resource, attached or not. After the response the renderer touches none of its memory.
  case destroyResource(UInt32)
  /// Puts guest memory behind a resource, as one run of bytes; nil: none any more. After the response the renderer touches
  /// nothing of the backing before.
  case setBacking([GuestRange]?, resource: UInt32)
  /// Copies between a resource and its backing. Context 0 is the device itself.
  case transfer(Transfer3D, TransferDirection, context: UInt32)
  /// Executes commands of a context, or puts them to work.
  case submit([UInt8], context: UInt32)
  /// Marks what a timeline was given so far; the renderer reports the fence when that is done.
  case createFence(RendererFence)
  /// Copies a rectangle of a flat resource, a blob or not, to the same place in the surface, which has its size and its
  /// order of colours, the top row first, once all that was submitted before is drawn.
  ///
  /// Until the response the surface is the renderer's, which may write to it on another thread at any moment: the device
  /// neither reads nor writes its pixels meanwhile, nor lends it to a display sink, nor gives it to another command. When
  /// the response is that the renderer was lost, it may write for as long as the process lives, so the surface is not used
  /// again.
  case read(Rectangle, resource: UInt32, Surface)
  /// Asks for the file that holds a blob's bytes: the response is ``RendererResponse/file(_:)``.
  case shareBlob(UInt32)
  /// Destroys all contexts and resources. After the response the renderer touches no memory of the guest.
  case reset
}

/// The response of a renderer to a command that it carried out.
public enum RendererResponse: Sendable {
  /// Done.
  case done
  /// The bytes of a blob.
  case file(SharedBlob)
}

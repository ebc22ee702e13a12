public import LinuxIO

/// Draws for the guest: contexts, their resources, commands and fences. Scanouts, cursors and EDID are the device's.
///
/// Everything is called on the device's thread, and nothing there waits for the renderer: a command is carried out later,
/// and its completion is called from ``deliver()``, on the device's thread. Commands are carried out in the order in which
/// they were given. An error leaves everything as it was, and is the response to the guest.
public protocol Renderer: AnyObject {
  /// The capability sets that guests may ask for, in the order of their indexes; the same from first to last.
  var capsets: [Capset] { get }

  /// Readable when ``deliver()`` has something to do; nil: everything is complete, and every fence reported, when
  /// ``perform(_:completion:)`` returns.
  var events: Descriptor? { get }

  /// Called from ``deliver()``, once, when the renderer died or was given up, with a sentence about it. Every command that
  /// waits has failed before, and every later one fails at once.
  var onLost: (String) -> Void { get set }

  /// Called with each fence that was reached, on the device's thread; it stands for all of its timeline with lower numbers.
  /// A fence is reported after the command that created it is complete, or before the completion is called.
  var onFence: (RendererFence) -> Void { get set }

  /// Carries a command out. `completion` is called once: from ``deliver()``, or before this returns when ``events`` is nil
  /// or the renderer is lost.
  func perform(
    _ command: RendererCommand, completion: @escaping (Result<RendererResponse, RendererError>) -> Void)

  /// Calls the completions of commands that were carried out and ``onFence`` for the fences that were reached, in order.
  func deliver()
}

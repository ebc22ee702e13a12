/// Options of a ``VirglRenderer``.
public struct VirglOptions: Sendable {
  /// Render node of the GPU to draw on, such as `/dev/dri/renderD128`; nil: the first one of the machine, or software
  /// rendering on a machine without.
  public var renderNode: String?
  /// True when guests may use Vulkan (capability set venus), which runs in processes of its own.
  public var venus: Bool
  /// Memory quota of all resources in bytes; a texel counts as four or more. The library itself has no limit, and fills
  /// buffers with zeros when it creates them.
  public var memory: UInt64
  /// The library to load.
  package var library = "libvirglrenderer.so.1"
  /// The program that executes Vulkan for guests, at the path where the library looks for it.
  package var renderServer = "/usr/libexec/virgl_render_server"

  /// OpenGL, also Vulkan if `venus` is true, with 2 GiB for resources.
  public init(renderNode: String? = nil, venus: Bool = false, memory: UInt64 = 2 << 30) {
    self.renderNode = renderNode
    self.venus = venus
    self.memory = memory
  }
}

/// How a ``VirglRenderer`` is set up.
public struct VirglOptions: Sendable {
  /// The render node of the GPU to draw on, such as `/dev/dri/renderD128`; nil: the library takes the first one there
  /// is, and draws in software where there is none.
  public var renderNode: String?
  /// Whether guests may use Vulkan (capset venus), which runs in processes of its own.
  public var venus: Bool
  /// How many bytes the resources of guests may have in all, a texel counted as four. The library has no bound, and
  /// fills a buffer with zeros before it answers.
  public var memory: UInt64
  /// The library to load.
  package var library = "libvirglrenderer.so.1"
  /// The program that executes Vulkan for guests; where the library itself looks for it.
  package var renderServer = "/usr/libexec/virgl_render_server"

  /// OpenGL, and Vulkan if wanted, with 2 GiB for resources.
  public init(renderNode: String? = nil, venus: Bool = false, memory: UInt64 = 2 << 30) {
    self.renderNode = renderNode
    self.venus = venus
    self.memory = memory
  }
}

import ArgumentParser
import Serving
import VirtioGPU

/// Options of the device: its renderer, features, pace and quota.
struct DeviceOptions: ParsableArguments {
  @Option(
    name: .customLong("renderer"),
    help: """
      Renderer: 2d, virgl (OpenGL) or venus (OpenGL and Vulkan). (default: 2d; virgl with --virgl or --render-node)
      """)
  var requestedRenderer: RendererChoice?

  @Flag(help: "Same as --renderer virgl. QEMU's back-end programs have this option, and libvirt uses it.")
  var virgl = false

  @Option(
    help: ArgumentHelp(
      "Render node of the GPU, such as /dev/dri/renderD128. (default: the first one; without one, software)",
      valueName: "path"))
  var renderNode: String?

  /// Renderer that all options together choose.
  var renderer: RendererChoice { requestedRenderer ?? (virgl || renderNode != nil ? .virgl : .flat) }

  @Option(
    help: ArgumentHelp(
      "Features to offer, separated by commas: \(FeatureList.allNames), or none. (default: all of the renderer)",
      valueName: "names"),
    transform: FeatureList.init(list:))
  var features: FeatureList?

  @Option(
    help: ArgumentHelp(
      """
      Pace of the responses to flushes: immediate, refresh (the next tick of the output's refresh rate), or a number \
      of hertz, 1 to 1000. It paces Linux guests that have resource-blob and not virgl; QEMU's have no resource-blob.
      """,
      valueName: "immediate|refresh|Hz"))
  var pace = PaceArgument(pace: .immediate)

  @Option(
    help: ArgumentHelp(
      """
      Size of the host-visible region, in which the guest maps blobs of the host: a multiple of 4096 bytes, such as \
      64M. Needs --renderer venus, and a virtual machine with shared memory regions of vhost-user. (default: no region)
      """,
      valueName: "size"))
  var hostVisible: SizeArgument?

  @Option(help: ArgumentHelp("Memory quota of all resources.", valueName: "size"))
  var maxMemory = SizeArgument(bytes: Quota().resourceBytes)

  @Option(help: ArgumentHelp("Quota of resources.", valueName: "count"))
  var maxResources = Quota().resources

  @Option(help: ArgumentHelp("Quota of rendering contexts.", valueName: "count"))
  var maxContexts = Quota().contexts

  @Option(
    help: ArgumentHelp("Quota of host blobs, and of mapped blobs. Each has an open descriptor.", valueName: "count"))
  var maxDescriptors = Quota().mappedBlobs

  @Option(help: ArgumentHelp("Quota of memory entries in the backings of all resources.", valueName: "count"))
  var maxEntries = Quota().memoryEntries

  @Option(
    help: ArgumentHelp(
      "Seconds that one call of the renderer may take. Then the renderer is given up: 3D commands fail, 2D goes on.",
      valueName: "seconds"))
  var maxDrawing = 30

  @Option(help: ArgumentHelp("Quota of pending commands.", valueName: "count"))
  var maxInFlight = Quota().pendingCommands

  func validate() throws {
    if renderer == .flat, let features = features?.features, features.contains(.virgl) {
      throw ValidationError("--features virgl needs a 3D renderer, and the renderer is 2d: add --renderer virgl.")
    }
    guard hostVisible == nil || renderer == .venus else {
      throw ValidationError(
        "--host-visible needs host blobs, which the renderer \(renderer.rawValue) does not make: add --renderer venus.")
    }
    guard !virgl || renderer != .flat else {
      throw ValidationError("--virgl asks for OpenGL, and --renderer 2d has no OpenGL: leave out one of them.")
    }
    guard renderNode == nil || renderer != .flat else {
      throw ValidationError("--render-node names a GPU, and --renderer 2d uses no GPU: leave out one of them.")
    }
    if let hostVisible, hostVisible.bytes % UInt64(Device.blobAlignment) != 0 {
      throw ValidationError(
        "Invalid --host-visible of \(hostVisible.bytes) bytes: must be a multiple of \(Device.blobAlignment) bytes.")
    }
    for (name, count) in [
      ("--max-resources", maxResources), ("--max-contexts", maxContexts), ("--max-descriptors", maxDescriptors),
      ("--max-entries", maxEntries), ("--max-in-flight", maxInFlight), ("--max-drawing", maxDrawing),
    ] {
      guard (1...(1 << 30)).contains(count) else {
        throw ValidationError("Invalid \(name) \(count): must be a number from 1 to 2^30.")
      }
    }
  }

  /// Configuration of a device with these outputs.
  func configuration(outputs: [Output]) -> DeviceConfiguration {
    DeviceConfiguration(
      outputs: outputs, renderer: renderer, renderNode: renderNode, features: features?.features ?? .all,
      pace: pace.pace, hostVisibleBytes: hostVisible?.bytes, quota: quota, maxDrawing: maxDrawing)
  }

  /// Quota of the guest.
  var quota: Quota {
    var quota = Quota()
    quota.resourceBytes = maxMemory.bytes
    quota.resources = maxResources
    quota.contexts = maxContexts
    quota.mappedBlobs = maxDescriptors
    quota.hostBlobs = maxDescriptors
    quota.memoryEntries = maxEntries
    quota.pendingCommands = maxInFlight
    return quota
  }
}

extension RendererChoice: ExpressibleByArgument {}

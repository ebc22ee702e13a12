import ArgumentParser
import Serving
import VirtioGPU

/// What kind of device a guest gets: its features, its pace, and how much of this machine it may use.
struct DeviceOptions: ParsableArguments {
  @Option(
    name: .customLong("renderer"),
    help: """
      Who draws for the guest: nobody (2d), OpenGL (virgl), or OpenGL and Vulkan (venus). (default: 2d; virgl with \
      --render-node)
      """)
  var requestedRenderer: RendererChoice?

  @Flag(help: "The same as --renderer virgl: what QEMU's back-end programs call it, and so libvirt.")
  var virgl = false

  @Option(
    help: ArgumentHelp(
      "The GPU to draw on, such as /dev/dri/renderD128. (default: the first there is; without one, in software)",
      valueName: "path"))
  var renderNode: String?

  /// Who draws for the guest, by all options together.
  var renderer: RendererChoice { requestedRenderer ?? (virgl || renderNode != nil ? .virgl : .flat) }

  @Option(
    help: ArgumentHelp(
      "What drivers may choose from, with commas between: \(FeatureList.allNames), or none. (default: all that the renderer has)",
      valueName: "names"),
    transform: FeatureList.init(list:))
  var features: FeatureList?

  @Option(
    help: ArgumentHelp(
      """
      When a flush is answered: immediate, at the next tick of each monitor's own refresh rate (refresh), or of so \
      many hertz, 1 to 1000. It paces Linux guests that have resource-blob and no virgl; QEMU's have no resource-blob.
      """,
      valueName: "immediate|refresh|Hz"))
  var pace = PaceArgument(pace: .immediate)

  @Option(
    help: ArgumentHelp(
      """
      Show blobs of the host (of --renderer venus) to the guest in a region of so many bytes, a multiple of 4096 such \
      as 64M, if its virtual machine has shared memory regions of vhost-user.
      """,
      valueName: "size"))
  var hostVisible: SizeArgument?

  @Option(help: ArgumentHelp("The most memory of all resources together.", valueName: "size"))
  var maxMemory = SizeArgument(bytes: Quota().resourceBytes)

  @Option(help: ArgumentHelp("The most resources.", valueName: "count"))
  var maxResources = Quota().resources

  @Option(help: ArgumentHelp("The most rendering contexts.", valueName: "count"))
  var maxContexts = Quota().contexts

  @Option(
    help: ArgumentHelp(
      "The most blobs of the host, and the most of them that the guest sees: each holds a file open.",
      valueName: "count"))
  var maxDescriptors = Quota().mappedBlobs

  @Option(help: ArgumentHelp("The most pieces of guest memory behind all resources together.", valueName: "count"))
  var maxEntries = Quota().memoryEntries

  @Option(
    help: ArgumentHelp(
      "How many seconds the renderer may take for what it is given: a guest whose drawing does not end ends the device.",
      valueName: "seconds"))
  var maxDrawing = 30

  @Option(help: ArgumentHelp("The most requests that wait for their answers.", valueName: "count"))
  var maxInFlight = Quota().pendingCommands

  func validate() throws {
    if renderer == .flat, let features = features?.features, features.contains(.virgl) {
      throw ValidationError("--features virgl needs somebody who draws: add --renderer virgl.")
    }
    guard hostVisible == nil || renderer == .venus else {
      throw ValidationError("--host-visible shows blobs that only --renderer venus makes.")
    }
    guard !virgl || renderer != .flat else {
      throw ValidationError("--virgl asks for OpenGL, and --renderer 2d for none: leave out one of them.")
    }
    guard renderNode == nil || renderer != .flat else {
      throw ValidationError(
        "--render-node names a GPU to draw on, and with --renderer 2d nobody draws: leave out one of them.")
    }
    if let hostVisible, hostVisible.bytes % UInt64(Device.blobAlignment) != 0 {
      throw ValidationError("--host-visible takes a multiple of \(Device.blobAlignment) bytes.")
    }
    for (name, count) in [
      ("--max-resources", maxResources), ("--max-contexts", maxContexts), ("--max-descriptors", maxDescriptors),
      ("--max-entries", maxEntries), ("--max-in-flight", maxInFlight), ("--max-drawing", maxDrawing),
    ] {
      guard (1...(1 << 30)).contains(count) else {
        throw ValidationError("\(name) takes a number from 1 to 2^30, not \(count).")
      }
    }
  }

  /// A device with these outputs.
  func configuration(outputs: [Output]) -> DeviceConfiguration {
    DeviceConfiguration(
      outputs: outputs, renderer: renderer, renderNode: renderNode, features: features?.features ?? .all,
      pace: pace.pace, hostVisibleBytes: hostVisible?.bytes, quota: limits, maxDrawing: maxDrawing)
  }

  /// The quotas.
  var limits: Quota {
    var limits = Quota()
    limits.resourceBytes = maxMemory.bytes
    limits.resources = maxResources
    limits.contexts = maxContexts
    limits.mappedBlobs = maxDescriptors
    limits.hostBlobs = maxDescriptors
    limits.memoryEntries = maxEntries
    limits.pendingCommands = maxInFlight
    return limits
  }
}

extension RendererChoice: ExpressibleByArgument {}

public import VirtioGPU

/// What kind of device a guest gets: its outputs, features and pace, its renderer, and how much of this machine it may use.
public struct DeviceConfiguration: Sendable {
  /// The outputs when it starts, connectors without a monitor included.
  public var outputs: [Output]
  /// What draws for the guest.
  public var renderer: RendererChoice
  /// The render node to draw on; nil: the first one, or else software.
  public var renderNode: String?
  /// The features that drivers may choose from, if the renderer has them.
  public var features: DeviceFeatures
  /// When flushes are responded to.
  public var pace: Pace
  /// The length of the host-visible region in bytes, a multiple of the page size; nil: none.
  public var hostVisibleBytes: UInt64?
  /// How much of this machine the guest may use.
  public var quota: Quota
  /// How many seconds the renderer may take for one command.
  public var maxDrawing: Int

  /// A device of this kind.
  public init(
    outputs: [Output], renderer: RendererChoice = .flat, renderNode: String? = nil, features: DeviceFeatures = .all,
    pace: Pace = .immediate, hostVisibleBytes: UInt64? = nil, quota: Quota = Quota(), maxDrawing: Int = 30
  ) {
    self.outputs = outputs
    self.renderer = renderer
    self.renderNode = renderNode
    self.features = features
    self.pace = pace
    self.hostVisibleBytes = hostVisibleBytes
    self.quota = quota
    self.maxDrawing = maxDrawing
  }

  /// The features that the device can have with its renderer.
  public var consistentFeatures: DeviceFeatures {
    (renderer == .flat ? features.intersection(.flat) : features).consistent
  }
}

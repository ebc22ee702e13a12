public import VirtioGPU

/// Configuration of a device: its outputs, renderer, features, pace and quota.
public struct DeviceConfiguration: Sendable {
  /// Outputs at the start, those that are not connected included.
  public var outputs: [Output]
  /// Renderer of 3D commands.
  public var renderer: RendererChoice
  /// Path of the render node; nil: the first one, or software where there is none.
  public var renderNode: String?
  /// Requested features; the device offers ``offeredFeatures`` of them.
  public var features: DeviceFeatures
  /// Pace of the responses to flushes.
  public var pace: Pace
  /// Size of the host-visible region in bytes, a multiple of the page size; nil: no region.
  public var hostVisibleBytes: UInt64?
  /// Quota of the guest.
  public var quota: Quota
  /// Time limit of one call of the renderer, in seconds.
  public var maxDrawing: Int

  /// Makes a configuration.
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

  /// Features that the device offers: those that its renderer has, without any that need an absent one.
  public var offeredFeatures: DeviceFeatures {
    (renderer == .flat ? features.intersection(.flat) : features).consistent
  }
}

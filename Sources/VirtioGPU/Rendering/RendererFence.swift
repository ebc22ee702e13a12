/// A fence: it is reached when the work that its timeline was given before it is done.
public struct RendererFence: Hashable, Sendable {
  /// The timeline.
  public var timeline: Timeline
  /// Rises from each fence to the next, of any timeline.
  public var number: UInt64

  /// Fence `number`, of a timeline.
  public init(timeline: Timeline, number: UInt64) {
    self.timeline = timeline
    self.number = number
  }
}

/// An order in which fences complete (specification, "Device Operation: Control header": the global one, or a ring of a context).
public enum Timeline: Hashable, Sendable {
  /// The one of all fences without a ring.
  case global
  /// The one of a ring of a context.
  case ring(context: UInt32, index: UInt8)
}

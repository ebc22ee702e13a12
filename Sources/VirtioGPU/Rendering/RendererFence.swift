/// A moment in the work of a timeline.
public struct RendererFence: Hashable, Sendable {
  /// Whose work.
  public var timeline: Timeline
  /// Rises from each fence to the next, of any timeline.
  public var number: UInt64

  /// Fence `number`, of a timeline.
  public init(timeline: Timeline, number: UInt64) {
    self.timeline = timeline
    self.number = number
  }
}

/// An order of fences (specification, "Device Operation: Control header": the global one, or a ring of a context).
public enum Timeline: Hashable, Sendable {
  /// That of all fences without a ring.
  case global
  /// That of a ring of a context.
  case ring(context: UInt32, index: UInt8)
}

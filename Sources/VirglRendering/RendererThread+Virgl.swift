extension RendererThread {
  /// Starts virglrenderer on a thread of its own. `log` gets what the library says, on any thread and at a bounded rate.
  public convenience init(
    _ options: VirglOptions, timeLimit: Duration, log: @escaping @Sendable (String) -> Void
  ) throws {
    try self.init(timeLimit: timeLimit, log: log) { try VirglRenderer(options, log: log) }
  }
}

import FuzzSupport
import VirtioGPU

extension Usage {
  /// Requires that nothing is more than allowed, or less than nothing. A fenced command that is refused waits for its turn
  /// as well, so that `more` may be pending.
  func requireWithin(_ quota: Quota, more: Int) {
    for (name, count, most) in [
      ("resourceBytes", Int(resourceBytes), Int(quota.resourceBytes)), ("resources", resources, quota.resources),
      ("memoryEntries", memoryEntries, quota.memoryEntries), ("mappings", mappings, quota.mappings),
      ("hostBlobs", hostBlobs, quota.hostBlobs), ("mappedBlobs", mappedBlobs, quota.mappedBlobs),
      ("contexts", contexts, quota.contexts), ("venusContexts", venusContexts, quota.venusContexts),
      ("pendingCommands", pendingCommands, quota.pendingCommands + more),
      ("pendingFences", pendingFences, pendingCommands), ("timelines", timelines, pendingCommands),
    ] {
      require((0...most).contains(count), "\(name) is \(count), of at most \(most)")
    }
  }
}

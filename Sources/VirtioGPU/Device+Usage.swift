extension Device {
  /// What the guest uses of its quota now.
  public var usage: Usage { ledger.usage }

  /// Usage recomputed from the live objects (only the number of pending commands is copied); tests compare it with
  /// ``usage``.
  public func recountUsage() -> Usage {
    var usage = resources.recount()
    usage.mappedBlobs = mappings.count
    usage.contexts = contexts.count
    usage.venusContexts = contexts.values.count { $0.capset == Capset.venus }
    usage.pendingCommands = ledger.usage.pendingCommands
    usage.pendingFences = responses.fences.count
    usage.timelines = responses.timelineCount
    usage.waitingBytes = queues.all.reduce(0) { $0 + $1.byteCount }
    return usage
  }
}

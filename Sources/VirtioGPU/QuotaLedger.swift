/// Ledger of a guest's usage of its quota. Every part of the device adds the ``Usage`` of its objects here, and removes
/// the same ``Usage`` when they are gone.
final class QuotaLedger {
  /// The guest's limits.
  let quota: Quota
  /// The guest's usage now.
  private(set) var usage = Usage()

  /// Makes a ledger without usage.
  init(_ quota: Quota) {
    self.quota = quota
  }

  /// Adds the usage of a new object.
  func add(_ part: Usage) {
    usage += part
  }

  /// Removes the usage of an object that is gone: the same that was added for it.
  func remove(_ part: Usage) {
    usage -= part
  }

  /// Bytes left for further resources.
  var resourceBytesLeft: UInt64 { quota.resourceBytes - min(usage.resourceBytes, quota.resourceBytes) }
  /// Memory entries left for further backings.
  var memoryEntriesLeft: Int { quota.memoryEntries - usage.memoryEntries }
  /// Mappings left for further blobs.
  var mappingsLeft: Int { quota.mappings - usage.mappings }

  /// Requires that the quota has room for one more resource of `bytes` bytes.
  func requireResource(bytes: UInt64, _ what: @autoclosure () -> String) throws(CommandError) {
    guard usage.resources < quota.resources else {
      throw CommandError(.outOfMemory, "\(what()): the guest has \(usage.resources) resources, and may have no more")
    }
    try requireBytes(bytes, what())
  }

  /// Requires that the quota has room for `bytes` bytes of resources.
  func requireBytes(_ bytes: UInt64, _ what: @autoclosure () -> String) throws(CommandError) {
    guard bytes <= resourceBytesLeft else {
      throw CommandError(
        .outOfMemory, "\(what()) of \(bytes) bytes: the guest has \(resourceBytesLeft) of \(quota.resourceBytes) left")
    }
  }

  /// Requires that the quota has room for one more host blob.
  func requireHostBlob() throws(CommandError) {
    guard usage.hostBlobs < quota.hostBlobs else {
      throw CommandError(
        .outOfMemory, "blob of the host: the guest has \(usage.hostBlobs), and may have \(quota.hostBlobs)")
    }
  }

  /// Requires that the quota has room for one more context.
  func requireContext(isVenus: Bool) throws(CommandError) {
    guard usage.contexts < quota.contexts else {
      throw CommandError(.outOfMemory, "context: the guest has \(usage.contexts), and may have \(quota.contexts)")
    }
    guard !isVenus || usage.venusContexts < quota.venusContexts else {
      throw CommandError(
        .outOfMemory, "context of venus: the guest has \(usage.venusContexts), and may have \(quota.venusContexts)")
    }
  }

  /// Requires that the quota has room for one more blob in the host-visible region.
  func requireMappedBlob() throws(CommandError) {
    guard usage.mappedBlobs < quota.mappedBlobs else {
      throw CommandError(
        .outOfMemory, "mapping: the guest has \(usage.mappedBlobs) mapped blobs, and may have \(quota.mappedBlobs)")
    }
  }

  /// Requires that the quota has room for one more pending command.
  func requirePendingCommand() throws(CommandError) {
    guard usage.pendingCommands < quota.pendingCommands else {
      throw CommandError(
        .outOfMemory, "\(usage.pendingCommands) commands are pending, and \(quota.pendingCommands) may be")
    }
  }
}

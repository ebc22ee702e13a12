/// The one account of what a guest uses: every part of the device enters here what it adds, and takes it back by the same
/// ``Usage``.
final class QuotaLedger {
  /// What the guest may use.
  let quota: Quota
  /// What it uses.
  private(set) var usage = Usage()

  /// An account in which nothing is used.
  init(_ quota: Quota) {
    self.quota = quota
  }

  /// Enters something that was made.
  func add(_ part: Usage) {
    usage += part
  }

  /// Takes back something that is gone: what was added for it.
  func remove(_ part: Usage) {
    usage -= part
  }

  /// Bytes that further resources may have.
  var resourceBytesLeft: UInt64 { quota.resourceBytes - min(usage.resourceBytes, quota.resourceBytes) }
  /// Memory entries that further backings may have.
  var memoryEntriesLeft: Int { quota.memoryEntries - usage.memoryEntries }
  /// Mappings that further blobs may take.
  var mappingsLeft: Int { quota.mappings - usage.mappings }

  /// Requires room for one more resource of so many bytes.
  func requireResource(bytes: UInt64, _ what: @autoclosure () -> String) throws(CommandError) {
    guard usage.resources < quota.resources else {
      throw CommandError(.outOfMemory, "\(what()): the guest has \(usage.resources) resources, and may have no more")
    }
    try requireBytes(bytes, what())
  }

  /// Requires room for so many bytes.
  func requireBytes(_ bytes: UInt64, _ what: @autoclosure () -> String) throws(CommandError) {
    guard bytes <= resourceBytesLeft else {
      throw CommandError(
        .outOfMemory, "\(what()) of \(bytes) bytes: the guest has \(resourceBytesLeft) of \(quota.resourceBytes) left")
    }
  }

  /// Requires room for one more blob of the host.
  func requireHostBlob() throws(CommandError) {
    guard usage.hostBlobs < quota.hostBlobs else {
      throw CommandError(
        .outOfMemory, "blob of the host: the guest has \(usage.hostBlobs), and may have \(quota.hostBlobs)")
    }
  }

  /// Requires room for one more context.
  func requireContext(isVenus: Bool) throws(CommandError) {
    guard usage.contexts < quota.contexts else {
      throw CommandError(.outOfMemory, "context: the guest has \(usage.contexts), and may have \(quota.contexts)")
    }
    guard !isVenus || usage.venusContexts < quota.venusContexts else {
      throw CommandError(
        .outOfMemory, "context of venus: the guest has \(usage.venusContexts), and may have \(quota.venusContexts)")
    }
  }

  /// Requires room for one more blob in the host-visible region.
  func requireMappedBlob() throws(CommandError) {
    guard usage.mappedBlobs < quota.mappedBlobs else {
      throw CommandError(
        .outOfMemory, "mapping: the guest has \(usage.mappedBlobs) mapped blobs, and may have \(quota.mappedBlobs)")
    }
  }

  /// Requires that one more command may wait for its response.
  func requirePendingCommand() throws(CommandError) {
    guard usage.pendingCommands < quota.pendingCommands else {
      throw CommandError(
        .outOfMemory, "\(usage.pendingCommands) commands are pending, and \(quota.pendingCommands) may be")
    }
  }
}

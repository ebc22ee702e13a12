/// The mappings of host blobs in the host-visible region, and the pending commands that map and unmap them.
final class HostVisibleMappings {
  /// The host-visible region; nil when the transport has none.
  weak var region: (any HostVisibleRegion)?

  private var mappings: [Mapping] = []
  private var pending: [PendingMapping] = []
  private let ledger: QuotaLedger

  /// A command that waits for the front end.
  private struct PendingMapping {
    let command: PendingCommand
    /// The mapping that the front end is asked for, while its blob exists; nil for a command that unmaps.
    weak var mapping: Mapping?
  }

  /// A mapping of a blob, from the request to map it until the front end has unmapped it.
  private final class Mapping {
    unowned let blob: Blob
    let offset: UInt64
    let count: UInt64
    /// True while the front end is asked to unmap it.
    var isLeaving = false
    /// Keeps the bytes.
    private let shared: SharedBlob

    init(_ blob: Blob, offset: UInt64, count: UInt64, shared: SharedBlob) {
      self.blob = blob
      self.offset = offset
      self.count = count
      self.shared = shared
    }
  }

  init(_ ledger: QuotaLedger) {
    self.ledger = ledger
  }

  /// How many mappings there are.
  var count: Int { mappings.count }

  /// True when a blob has a mapping that is not being unmapped.
  func isMapped(_ blob: Blob) -> Bool {
    mapping(of: blob) != nil
  }

  /// The newest mapping of a blob that the front end is not asked to unmap.
  private func mapping(of blob: Blob) -> Mapping? {
    mappings.last { $0.blob === blob && !$0.isLeaving }
  }

  /// Requires a region.
  @discardableResult
  func requireRegion() throws(CommandError) -> any HostVisibleRegion {
    guard let region, region.count > 0 else {
      throw CommandError(.unspecified, "this guest has no host-visible region")
    }
    return region
  }

  /// Requires room in the region at `offset` for all of a blob; returns how many bytes it takes there.
  func requireRoom(for blob: Blob, at offset: UInt64) throws(CommandError) -> UInt64 {
    let region = try requireRegion()
    let page = UInt64(Device.blobAlignment)
    // The size is bounded by the quota, far below 2⁶⁴.
    let count = (blob.size + page - 1) / page * page
    guard offset % page == 0, offset <= region.count, count <= region.count - offset,
      !isOccupied(offset, count, for: blob)
    else {
      throw CommandError(
        .invalidParameter,
        "invalid mapping of \(count) bytes at \(offset): must be a multiple of \(page), free, and inside the "
          + "host-visible region of \(region.count) bytes")
    }
    try ledger.requireMappedBlob()
    return count
  }

  /// Asks the front end to map a blob. Calls `completion(true)` after the map, `completion(false)` if the front end
  /// refuses, and never if the command has ended.
  func map(
    _ blob: Blob, _ shared: SharedBlob, count: UInt64, at offset: UInt64, for command: PendingCommand,
    completion: @escaping (Bool) -> Void
  ) {
    guard let region else { return completion(false) }
    let mapping = Mapping(blob, offset: offset, count: count, shared: shared)
    mappings.append(mapping)
    ledger.add(.mappedBlob)
    command.wait()
    pending.append(PendingMapping(command: command, mapping: mapping))
    // The completion must not keep the mapping, which has the file: when the blob is destroyed first, the file closes then.
    region.map(shared.file, from: shared.start, count: count, at: offset) { [weak self, weak mapping] isMapped in
      guard let self else { return }
      if !isMapped, let mapping { remove(mapping) }
      if takePending(command) { completion(isMapped) }
    }
  }

  /// Asks the front end to unmap a blob. Calls `completion(true)` after the unmap, `completion(false)` if the blob
  /// stays mapped, and never if the command has ended.
  func unmap(_ blob: Blob, for command: PendingCommand, completion: @escaping (Bool) -> Void) throws(CommandError) {
    guard let mapping = mapping(of: blob) else { throw CommandError(.invalidParameter, "the blob is not mapped") }
    command.wait()
    pending.append(PendingMapping(command: command, mapping: nil))
    unmap(mapping) { [weak self] isUnmapped in
      if self?.takePending(command) == true { completion(isUnmapped) }
    }
  }

  /// Unmaps a blob that is destroyed, if it is mapped.
  func remove(_ blob: Blob) {
    for mapping in mappings where mapping.blob === blob {
      let isLeaving = mapping.isLeaving
      let (count, offset) = (mapping.count, mapping.offset)
      remove(mapping)
      if !isLeaving { region?.unmap(count: count, at: offset) { _ in } }
    }
  }

  /// Ends the wait of every pending command, because the front end stops the queue, and asks the front end to unmap
  /// what it was asked to map for these commands. Returns the commands in order.
  func stopWaiting() -> [PendingCommand] {
    let stopped = pending
    pending = []
    for entry in stopped {
      guard let mapping = entry.mapping, !mapping.isLeaving, mappings.contains(where: { $0 === mapping }) else {
        continue
      }
      unmap(mapping) { _ in }
    }
    return stopped.map(\.command)
  }

  /// Forgets the pending commands.
  func forgetPending() {
    pending = []
  }

  /// Asks the front end to unmap, and keeps the mapping when that is refused.
  private func unmap(_ mapping: Mapping, completion: @escaping (Bool) -> Void) {
    guard let region else { return completion(false) }
    mapping.isLeaving = true
    region.unmap(count: mapping.count, at: mapping.offset) { [weak self, weak mapping] isUnmapped in
      if isUnmapped, let mapping { self?.remove(mapping) } else { mapping?.isLeaving = false }
      completion(isUnmapped)
    }
  }

  /// Removes a command from the pending ones; false when it was not pending.
  private func takePending(_ command: PendingCommand) -> Bool {
    guard let index = pending.firstIndex(where: { $0.command === command }) else { return false }
    pending.remove(at: index)
    return true
  }

  /// Removes a mapping, unless its blob was destroyed before.
  private func remove(_ mapping: Mapping) {
    guard let index = mappings.firstIndex(where: { $0 === mapping }) else { return }
    mappings.remove(at: index)
    ledger.remove(.mappedBlob)
  }

  /// True when the range overlaps a mapping of another blob, or one of this blob that is not being unmapped. The front
  /// end executes requests in their order, so a blob may be mapped again where it is being unmapped.
  private func isOccupied(_ offset: UInt64, _ count: UInt64, for blob: Blob) -> Bool {
    mappings.contains { mapping in
      // Both lie inside the region, so the ends do not wrap.
      !(mapping.blob === blob && mapping.isLeaving) && offset < mapping.offset + mapping.count
        && mapping.offset < offset + count
    }
  }
}

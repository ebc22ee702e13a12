internal import LinuxIO
internal import Wire

/// Blobs of the host in the host-visible region.
extension Device {
  func map(_ command: ResourceMapBlob, _ exchange: PendingCommand) throws {
    guard let region = hostVisible, region.count > 0 else {
      throw CommandError(.unspecified, "this guest has no host-visible region")
    }
    let resource = try resource(command.resourceID)
    guard let blob = resource.blob, blob.memory != .guest, blob.flags.contains(.mappable), blob.place == nil else {
      throw CommandError(.invalidParameter, "resource \(resource.id) is no blob to be mapped, or is mapped already")
    }
    let page = UInt64(Self.blobAlignment)
    // The size is bounded by the quota, far below 2⁶⁴.
    let count = (blob.size + page - 1) / page * page
    guard command.offset % page == 0, command.offset <= region.count, count <= region.count - command.offset,
      !isOccupied(command.offset, count, for: blob)
    else {
      throw CommandError(
        .invalidParameter, "\(count) bytes at \(command.offset) do not fit into the host-visible region as it is")
    }
    guard mappedBlobs < limits.descriptors else {
      throw CommandError(.outOfMemory, "\(mappedBlobs) blobs are as many as this guest may see")
    }
    guard let shared = try renderer?.share(resource.id), shared.count >= blob.size else {
      throw CommandError(.unspecified, "blob \(resource.id) is smaller than it claims")
    }
    let place = Blob.Place(offset: command.offset, count: count, shared: shared)
    blob.places.append(place)
    mappedBlobs += 1
    wait(exchange, for: place, of: blob)
    // Not the file, nor the place, which has it: of a blob that goes before the answer it would stay open until then.
    let caching = shared.caching.rawValue
    region.map(shared.file, from: shared.start, count: count, at: command.offset) { [weak self, weak place] isMapped in
      guard let self else { return }
      if !isMapped { forget(place, of: blob) }
      hear(exchange) {
        guard isMapped else {
          return refuse(exchange, CommandError(.unspecified, "the front end cannot map blob \(command.resourceID)"))
        }
        var body = ByteWriter(capacity: 8)
        body.u32(caching)
        body.u32(0)
        answer(exchange, .okMapInfo, body.bytes)
      }
    }
  }

  func unmap(_ command: ResourceUnmapBlob, _ exchange: PendingCommand) throws {
    let resource = try resource(command.resourceID)
    guard let region = hostVisible, let blob = resource.blob, let place = blob.place else {
      throw CommandError(.invalidParameter, "resource \(resource.id) is not mapped")
    }
    wait(exchange, for: nil, of: blob)
    empty(place, of: blob, region) { [weak self] isEmpty in
      guard let self else { return }
      hear(exchange) {
        guard !isEmpty else { return }
        refuse(exchange, CommandError(.unspecified, "the front end cannot unmap blob \(command.resourceID)"))
      }
    }
  }

  /// The control queue stops, and the front end, which asks for that, cannot be waited for: what it was asked for counts
  /// as refused, and what it may still map is taken back.
  func giveUpRegion() {
    for wait in unheard {
      refuse(wait.exchange, CommandError(.unspecified, "the queue stopped before the front end answered"))
      settle(wait.exchange)
      guard let place = wait.place, !place.isLeaving, wait.blob.places.contains(where: { $0 === place }),
        let hostVisible
      else { continue }
      empty(place, of: wait.blob, hostVisible) { _ in }
    }
    unheard = []
  }

  /// Takes a resource out of the host-visible region, if it is there.
  func leaveRegion(_ resource: Resource) {
    guard let blob = resource.blob else { return }
    for place in blob.places {
      let isLeaving = place.isLeaving
      let (count, offset) = (place.count, place.offset)
      forget(place, of: blob)
      if !isLeaving { hostVisible?.unmap(count: count, at: offset) { _ in } }
    }
  }

  /// Asks the front end to empty a place, which stays where it is when that is refused.
  private func empty(
    _ place: Blob.Place, of blob: Blob, _ region: any HostVisibleRegion, completion: @escaping (Bool) -> Void
  ) {
    place.isLeaving = true
    region.unmap(count: place.count, at: place.offset) { [weak self, weak place] isEmpty in
      if isEmpty { self?.forget(place, of: blob) } else { place?.isLeaving = false }
      completion(isEmpty)
    }
  }

  /// Lets the answer to a request wait for the front end's word.
  private func wait(_ exchange: PendingCommand, for place: Blob.Place?, of blob: Blob) {
    exchange.wait()
    unheard.append(RegionWait(exchange: exchange, place: place, blob: blob))
  }

  /// The front end has spoken: `reply` sets the answer to the request, if somebody still waits for it.
  private func hear(_ exchange: PendingCommand, _ reply: () -> Void) {
    guard let index = unheard.firstIndex(where: { $0.exchange === exchange }) else { return }
    unheard.remove(at: index)
    reply()
    settle(exchange)
  }

  /// Forgets a place, unless its blob went with it before.
  private func forget(_ place: Blob.Place?, of blob: Blob) {
    guard let index = blob.places.firstIndex(where: { $0 === place }) else { return }
    blob.places.remove(at: index)
    mappedBlobs -= 1
  }

  /// Whether another blob is there, or this one is and stays: the front end empties places in the order in which it is
  /// asked, so a blob may come back to where it leaves.
  private func isOccupied(_ offset: UInt64, _ count: UInt64, for blob: Blob) -> Bool {
    resources.values.contains { resource in
      guard let other = resource.blob else { return false }
      return other.places.contains { place in
        // Both lie inside the region, so the ends do not wrap.
        !(other === blob && place.isLeaving) && offset < place.offset + place.count
          && place.offset < offset + count
      }
    }
  }
}

/// A request that waits for the front end.
struct RegionWait {
  let exchange: PendingCommand
  /// Where the front end is asked to show the blob, as long as the blob is there; nil: it is asked to take it away.
  weak var place: Blob.Place?
  let blob: Blob
}

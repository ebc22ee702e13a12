extension Device {
  /// What a device holds for its guest, counted: all zero when there is nothing.
  package struct Books: Equatable, Sendable {
    /// Of resources, as ``Quota/resourceBytes`` counts.
    package var resourceBytes: UInt64 = 0
    /// How many there are.
    package var resources = 0
    /// As ``Quota/backingPieces`` counts.
    package var backingPieces = 0
    /// As ``Quota/mappings`` counts.
    package var mappings = 0
    /// Blobs of the host.
    package var hostBlobs = 0
    /// Blobs whose scattered pages lie side by side.
    package var views = 0
    /// Places of blobs in the host-visible region.
    package var mappedBlobs = 0
    /// How many there are.
    package var contexts = 0
    /// Requests that were not answered.
    package var inFlight = 0
    /// Of those, the ones that wait for the renderer.
    package var unreached = 0
    /// Orders of fences in which somebody waits.
    package var timelines = 0

    /// Nothing.
    package init() {}
  }

  /// What is held now, by the sums that the device keeps.
  package var books: Books {
    var books = Books()
    books.resourceBytes = resourceBytes
    books.resources = resources.count
    books.backingPieces = backingPieces
    books.mappings = mappings
    books.hostBlobs = hostBlobs
    books.views = views.count
    books.mappedBlobs = mappedBlobs
    books.contexts = contexts.count
    books.inFlight = inFlight
    books.unreached = unreached.count
    books.timelines = lines.count
    return books
  }

  /// The same, counted again from what is there: a sum that drifted is found.
  package var countedBooks: Books {
    var counted = books
    counted.resourceBytes = resources.values.reduce(0) { $0 + $1.byteCount }
    counted.backingPieces = resources.values.reduce(0) { $0 + ($1.backing?.weight ?? 0) }
    counted.mappings = resources.values.reduce(0) { $0 + ($1.backing?.mappings ?? 0) }
    counted.hostBlobs = resources.values.count { $0.blob.map { $0.memory != .guest } ?? false }
    counted.views = resources.values.count { $0.backing.map { $0.mappings > 0 } ?? false }
    counted.mappedBlobs = resources.values.reduce(0) { $0 + ($1.blob?.places.count ?? 0) }
    return counted
  }
}

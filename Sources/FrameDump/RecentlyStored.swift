internal import PNG

/// Two-generation cache of image hashes, with the place where each image was stored. It does not grow with the dump.
///
/// When the young generation is full, it becomes the old one, and old entries that were not used since are dropped. So
/// the images stored last, as many as half of the capacity, are always known. Which others are known depends only on the
/// order of the images, so that the same frames make the same dump.
struct RecentlyStored<Value> {
  /// The most images that are known.
  let capacity: Int
  private var young: [FrameHash: Value] = [:]
  private var old: [FrameHash: Value] = [:]

  init(capacity: Int = 1 << 16) {
    self.capacity = max(2, capacity)
  }

  /// The number of entries; an image in both generations counts twice.
  var count: Int { young.count + old.count }

  /// The value stored for an image; nil when it is new or was dropped.
  mutating func value(of hash: FrameHash) -> Value? {
    if let value = young[hash] { return value }
    guard let value = old[hash] else { return nil }
    remember(value, of: hash)
    return value
  }

  /// Stores the value of an image.
  mutating func remember(_ value: Value, of hash: FrameHash) {
    if young[hash] == nil, young.count >= capacity / 2 {
      old = young
      young = [:]
    }
    young[hash] = value
  }
}

internal import PNG

/// Where images were stored, for those that were stored or asked for last: memory that does not grow with the dump.
///
/// Two generations: when the young one is full, it becomes the old one, and what was old and was not asked for since is
/// forgotten. So the last half of the capacity is always known, and which images are depends on their order alone.
struct RecentlyStored<Value> {
  /// The most images that are known.
  let capacity: Int
  private var young: [FrameHash: Value] = [:]
  private var old: [FrameHash: Value] = [:]

  init(capacity: Int = 1 << 16) {
    self.capacity = max(2, capacity)
  }

  /// How many images are known, one that is in both generations twice.
  var count: Int { young.count + old.count }

  /// What was remembered of an image; nil when it is new, or forgotten.
  mutating func value(of hash: FrameHash) -> Value? {
    if let value = young[hash] { return value }
    guard let value = old[hash] else { return nil }
    remember(value, of: hash)
    return value
  }

  /// Remembers an image.
  mutating func remember(_ value: Value, of hash: FrameHash) {
    if young[hash] == nil, young.count >= capacity / 2 {
      old = young
      young = [:]
    }
    young[hash] = value
  }
}

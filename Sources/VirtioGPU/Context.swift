/// A rendering context of the guest, as the device knows it.
struct Context {
  /// Which capability set its commands follow.
  let capset: UInt32
  /// The resources that it may use.
  var resources: Set<UInt32> = []
}

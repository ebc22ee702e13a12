/// A rendering context of the guest, as the device knows it.
struct Context {
  /// The id of the capability set that its commands follow.
  let capset: UInt32
  /// Index of the renderer that has it.
  let renderer: Int
  /// The resources that it may use.
  var resources: Set<UInt32> = []

  /// What it uses of the quota.
  var usage: Usage { .context(isVenus: capset == Capset.venus) }
}

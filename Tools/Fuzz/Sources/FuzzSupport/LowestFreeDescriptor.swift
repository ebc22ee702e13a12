internal import Glibc
internal import LinuxIO

/// What raises the counters of peers keeps a descriptor, from the first time on.
private let firstRaise: Void = expect("raising a counter") {
  try EventCounter(adopting: EventCounter().descriptor).signal()
}

/// The number that the next descriptor gets. It rises when one is left open.
public func lowestFreeDescriptor() -> Int32 {
  _ = firstRaise
  // What a peer sent is closed by another thread.
  for _ in 0..<60_000 where DescriptorCloser.shared.unclosedCount > 0 { usleep(1000) }
  return expect("making a descriptor") { try EventCounter().descriptor.rawValue }
}

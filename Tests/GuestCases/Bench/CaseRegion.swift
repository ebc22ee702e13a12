internal import LinuxIO
internal import VirtioGPU

/// A host-visible region without a guest, which finds out whether the device keeps the contract of regions.
final class CaseRegion: HostVisibleRegion {
  let count: UInt64
  /// What is mapped: the place, and the bytes as a guest would see them.
  private(set) var places: [UInt64: (count: UInt64, memory: MappedMemory)] = [:]
  /// Promises that were broken.
  private(set) var complaints: [String] = []
  /// True: the front end refuses every request.
  var refuses = false
  /// True: the front end responds only at ``respond()``.
  var isSlow = false
  private var pending: [() -> Void] = []

  init(count: UInt64) {
    self.count = count
  }

  func map(
    _ file: Descriptor, from start: UInt64, count: UInt64, at offset: UInt64, completion: @escaping (Bool) -> Void
  ) {
    if offset % 4096 != 0 || count % 4096 != 0 || count == 0 || offset > self.count || count > self.count - offset {
      complaints.append("\(count) bytes at \(offset) do not fit")
    }
    if places.contains(where: { offset < $0.key + $0.value.count && $0.key < offset + count }) {
      complaints.append("\(count) bytes at \(offset) overlap others")
    }
    guard !refuses, let memory = try? MappedMemory(file, offset: start, count: count) else {
      return respond { completion(false) }
    }
    places[offset] = (count, memory)
    respond { completion(true) }
  }

  func unmap(count: UInt64, at offset: UInt64, completion: @escaping (Bool) -> Void) {
    if places[offset]?.count != count { complaints.append("nothing of \(count) bytes was at \(offset)") }
    if !refuses { places[offset] = nil }
    respond { [refuses] in completion(!refuses) }
  }

  /// Responds to the requests that wait.
  func respond() {
    let responses = pending
    pending = []
    for response in responses { response() }
  }

  private func respond(_ response: @escaping () -> Void) {
    if isSlow { pending.append(response) } else { response() }
  }
}

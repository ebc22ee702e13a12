import LinuxIO
import Virtqueue

/// The example of `Virtqueue`.
private func serve(_ queue: Virtqueue, call: EventCounter, respond: ([UInt8]) -> [UInt8]) throws {
  // page Virtqueue
  while let taken = try queue.take() {
    guard case .request(let chain) = taken else { continue }
    let request = try chain.read(limit: 4096)
    queue.give(back: chain.head, written: try chain.write(respond(request)))
  }
  if queue.needsNotification() { call.signal() }
  // end
}

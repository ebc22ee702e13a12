import Display
import LinuxIO
import Synchronization

/// What windows ask of a device: put here by their thread, taken by the device's. The latest counts, so there is at most
/// one wish for each scanout.
final class WindowWishes: Sendable {
  /// Readable while there are wishes.
  var descriptor: Descriptor { counter.descriptor }

  private let sizes = Mutex<[ScanoutID: Size]>([:])
  private let counter: EventCounter

  init() throws(SystemError) {
    counter = try EventCounter()
  }

  /// Any thread may call this; it waits for nobody.
  func put(_ request: DisplayRequest, of scanout: ScanoutID) {
    switch request {
    case .resize(let size): sizes.withLock { $0[scanout] = size }
    }
    counter.signal()
  }

  /// Takes all wishes out.
  func take() -> [(scanout: ScanoutID, size: Size)] {
    counter.drain()
    let taken = sizes.withLock { sizes in
      defer { sizes = [:] }
      return sizes
    }
    return taken.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}

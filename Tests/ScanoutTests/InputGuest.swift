import GuestDriver
import LinuxIO
import VhostUser
import Virtio
import Virtqueue
import Wire

/// A guest's driver of an input device behind a socket: it has buffers for events, and reads what comes.
final class InputGuest {
  let frontEnd: FrontEnd
  private let ram: GuestRAM
  private let queue: DriverQueue
  private let buffers: UInt64
  private var places: [UInt16: UInt64] = [:]
  private var events: FrontEnd.QueueEvents?

  /// Connects, and puts `count` buffers into the event queue.
  init(at path: String, buffers count: UInt16 = 256) throws {
    frontEnd = try FrontEnd.connect(to: path, timeout: .seconds(60))
    ram = try GuestRAM(count: 1 << 20)
    try frontEnd.negotiate(features: FeatureBits.version1)
    try frontEnd.share([
      SharedRegion(
        MemoryRegion(
          guestAddress: GuestRAM.guestBase, count: ram.count, userAddress: GuestRAM.userBase, fileOffset: 0),
        file: ram.file)
    ])
    queue = try DriverQueue(size: count, ram: ram)
    buffers = try ram.allocate(UInt64(count) * 8)
    for index in 0..<UInt64(count) { submit(buffers + index * 8) }
    events = try frontEnd.startQueue(0, layout: queue.layout)
    events?.kick.signal()
  }

  private func submit(_ place: UInt64) {
    if let head = queue.submit(readable: [], writable: [.init(address: place, length: 8)]) { places[head] = place }
  }

  /// Waits until there is an event; false: none came.
  func wait() throws -> Bool {
    try events.map { try frontEnd.wait(for: $0.call, within: .seconds(60)) } ?? false
  }

  /// The events that have come, without reports, as `type:code=value`.
  func take() throws -> [String] {
    var seen: [String] = []
    while let used = queue.collect() {
      guard let place = places.removeValue(forKey: used.head) else { continue }
      var reader = ByteReader(try ram.memory.read(at: place, count: 8))
      let (type, code) = (try reader.u16(), try reader.u16())
      let value = Int32(bitPattern: try reader.u32())
      if type != 0 { seen.append("\(type):\(code)=\(value)") }
      submit(place)
    }
    events?.kick.signal()
    return seen
  }
}

import LinuxIO
import Synchronization
import VhostUser
import Virtqueue

/// A megabyte of memory that test and device share, as a virtual machine shares its own.
struct TestRAM {
  static let size: UInt64 = 1 << 20
  let name: String
  let file: Descriptor
  let region: MemoryRegion
  let memory: GuestMemory

  init(
    guestAddress: UInt64 = 0x4000_0000, userAddress: UInt64 = 0x7f00_0000_0000, fileOffset: UInt64 = 0,
    file: Descriptor? = nil
  ) throws {
    name = "ram-\(Self.number())"
    self.file = try file ?? MappedMemory.makeFile(named: name, count: Self.size + fileOffset)
    region = MemoryRegion(
      guestAddress: guestAddress, count: Self.size, userAddress: userAddress, fileOffset: fileOffset)
    memory = try GuestMemory([
      GuestMemory.Region(
        guestAddress: guestAddress, userAddress: userAddress,
        mapping: try MappedMemory(self.file, offset: fileOffset, count: Self.size))
    ])
  }

  var shared: SharedRegion { SharedRegion(region, file: file) }

  /// Where the ring of a queue lies: 64 KiB for each, then 64 KiB for its buffers.
  func layout(queue: Int = 0, size: UInt16 = 16) -> VirtqueueLayout {
    let base = region.guestAddress + UInt64(queue) * 0x20000
    return VirtqueueLayout(
      size: size, descriptorTable: base, availableRing: base + 0x1000, usedRing: base + 0x2000)
  }

  /// Writes zeros where the indexes of both queues are, as whoever sets rings up does.
  func clearRings() throws {
    for queue in 0..<2 {
      let layout = layout(queue: queue)
      try memory.write(Array(repeating: 0, count: 8), at: layout.availableRing)
      try memory.write(Array(repeating: 0, count: 8), at: layout.usedRing)
    }
  }

  private static let counter = Mutex(0)
  private static func number() -> Int {
    counter.withLock {
      $0 += 1
      return $0
    }
  }
}

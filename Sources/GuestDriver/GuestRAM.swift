public import LinuxIO
public import Virtqueue

/// The memory of a guest driver: a shared file, handed out in ranges that are never given back.
///
/// Addresses are guest-physical. The pages start at zero, far from the addresses where the host sees them, so that
/// mixing up the two is found at once.
public final class GuestRAM {
  /// Where the memory starts for the guest.
  public static let guestBase: UInt64 = 0x4000_0000
  /// Where it would start in the process of a VMM.
  public static let userBase: UInt64 = 0x7000_0000_0000

  /// The shared file, for a device in another process.
  public let file: Descriptor
  /// Its size in bytes.
  public let count: UInt64
  /// The memory, as a device sees it.
  public let memory: GuestMemory
  private var next = GuestRAM.guestBase

  /// A guest with `count` bytes of memory. Untouched pages cost nothing.
  public init(count: UInt64) throws {
    file = try MappedMemory.makeFile(named: "guest", count: count)
    self.count = count
    let mapping = try MappedMemory(file, offset: 0, count: count)
    memory = try GuestMemory([
      GuestMemory.Region(guestAddress: Self.guestBase, userAddress: Self.userBase, mapping: mapping)
    ])
  }

  /// The address of the next `count` unused bytes, at a multiple of `alignment`.
  public func allocate(_ count: UInt64, alignment: UInt64 = 4096) throws(GuestMemoryError) -> UInt64 {
    let start = (next + alignment - 1) / alignment * alignment
    guard start - Self.guestBase <= self.count, count <= self.count - (start - Self.guestBase) else {
      throw .notMemory(address: start, count: count)
    }
    next = start + count
    return start
  }

  /// The front end's own address of a guest-physical one.
  public static func userAddress(of address: UInt64) -> UInt64 {
    address &- guestBase &+ userBase
  }
}

public import GuestDriver

/// Descriptor table of a queue with 64 entries whose first descriptor starts no valid request.
///
/// The cases of this module and the tests of the device share these.
public struct BrokenChain: Sendable {
  /// What is wrong, in words.
  public let title: String
  /// Name of its case.
  let name: String
  /// The first entries of the table.
  public let table: [DriverQueue.RawDescriptor]

  private init(_ name: String, _ title: String, _ table: [DriverQueue.RawDescriptor]) {
    self.name = name
    self.title = title
    self.table = table
  }

  private static let somewhere = GuestRAM.guestBase + (32 << 20)

  /// All of them.
  public static let all: [BrokenChain] = [
    BrokenChain(
      "empty-request", "a request of no byte without room for a response", [.init(address: somewhere, length: 0)]),
    BrokenChain(
      "chain-onto-itself", "a chain that loops onto itself", [.init(address: somewhere, length: 8, flags: 1)]),
    BrokenChain(
      "chain-in-a-circle", "a chain that goes in a circle",
      [.init(address: somewhere, length: 8, flags: 1, next: 1), .init(address: somewhere, length: 8, flags: 1)]),
    BrokenChain(
      "next-outside-the-table", "a next index outside the table",
      [.init(address: somewhere, length: 8, flags: 1, next: 64)]),
    BrokenChain(
      "next-65535", "a next index of 65535", [.init(address: somewhere, length: 8, flags: 1, next: .max)]),
    BrokenChain(
      "readable-after-writable", "a buffer to read after one to write",
      [.init(address: somewhere, length: 8, flags: 3, next: 1), .init(address: somewhere, length: 8)]),
    BrokenChain(
      "indirect-table-of-17-bytes", "an indirect table of 17 bytes",
      [.init(address: somewhere, length: 17, flags: 4)]),
    BrokenChain(
      "empty-indirect-table", "an empty indirect table", [.init(address: somewhere, length: 0, flags: 4)]),
    BrokenChain(
      "indirect-table-of-4-gib", "an indirect table of 4 GiB",
      [.init(address: somewhere, length: 0xffff_fff0, flags: 4)]),
    BrokenChain(
      "indirect-table-outside-memory", "an indirect table outside memory", [.init(address: 16, length: 32, flags: 4)]),
    BrokenChain(
      "indirect-with-next", "an indirect descriptor with a next one",
      [.init(address: somewhere, length: 32, flags: 5, next: 1), .init(address: somewhere, length: 8)]),
    BrokenChain(
      "indirect-table-names-itself", "an indirect table that names itself",
      [.init(address: GuestRAM.guestBase, length: 16, flags: 4), .init(address: somewhere, length: 8)]),
    BrokenChain("request-outside-memory", "a request outside memory", [.init(address: 0, length: 24)]),
    BrokenChain("request-around-2-to-the-64", "a request around 2^64", [.init(address: .max - 3, length: 24)]),
    BrokenChain(
      "request-of-4-gib", "a request of 4 GiB without room for a response",
      [.init(address: GuestRAM.guestBase, length: .max)]),
    BrokenChain(
      "response-outside-memory", "a response outside memory",
      [.init(address: somewhere, length: 24, flags: 1, next: 1), .init(address: 0, length: 24, flags: 2)]),
  ]
}

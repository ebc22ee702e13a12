/// Turns the bytes of a fuzzer into decisions, one after the other.
///
/// Every byte string is a valid script, and a change of one byte changes little else: that is what lets a fuzzer climb.
/// After the last byte every decision is 0.
public struct Choices: Sendable {
  /// Numbers at which something changes: sizes of fields, pages and images, and numbers that overflow them.
  private static let edges: [UInt32] = [
    0x100, 0x101, 0x3ff, 0x400, 0xfff, 0x1000, 0x1001, 0x3fff, 0x4000, 0x4001, 0x7fff, 0x8000, 0xfffe, 0xffff, 0x1_0000,
    0xff_ffff, 0x3fff_ffff, 0x4000_0000, 0x7fff_fffc, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0xffff_0000, 0xffff_fff0,
    0xffff_fffc, 0xffff_fffe, 0xffff_ffff,
  ]

  private let bytes: [UInt8]
  private var offset = 0

  /// Starts at the first byte.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// True when nothing is left to decide by.
  public var isEmpty: Bool { offset >= bytes.count }

  /// The next byte.
  public mutating func byte() -> UInt8 {
    guard offset < bytes.count else { return 0 }
    defer { offset += 1 }
    return bytes[offset]
  }

  /// A number from 0 to `count` − 1; `count` is 1 to 256.
  public mutating func below(_ count: Int) -> Int {
    Int(byte()) % max(1, count)
  }

  /// True once in `count` times.
  public mutating func oneIn(_ count: Int) -> Bool {
    below(count) == count - 1
  }

  /// One of these.
  public mutating func pick<Value>(_ first: Value, _ others: Value...) -> Value {
    let index = below(others.count + 1)
    return index == 0 ? first : others[index - 1]
  }

  /// A number that is small most of the time, then one at which something changes, then anything.
  public mutating func word() -> UInt32 {
    let byte = byte()
    switch byte {
    case 0..<200: return UInt32(byte)
    case 200..<248: return Self.edges[Int(byte - 200) % Self.edges.count]
    default: return (0..<4).reduce(0) { word, _ in word << 8 | UInt32(self.byte()) }
    }
  }

  /// The same with twice as many bits.
  public mutating func long() -> UInt64 {
    switch below(8) {
    case 0..<5: UInt64(word())
    case 5: UInt64(word()) << 32 | UInt64(word())
    case 6: UInt64.max - UInt64(word())
    default: UInt64(1) << 63 &+ UInt64(word())
    }
  }

  /// The next bytes as they are, at most `limit` (up to 255) of them.
  public mutating func run(atMost limit: Int) -> [UInt8] {
    let count = min(below(limit + 1), bytes.count - offset)
    defer { offset += count }
    return Array(bytes[offset..<offset + count])
  }

  /// All that is left.
  public mutating func rest() -> [UInt8] {
    defer { offset = bytes.count }
    return Array(bytes[offset...])
  }
}

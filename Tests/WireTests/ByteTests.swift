import Testing
import Wire

@Suite("Little-endian bytes")
struct ByteTests {
  @Test("integers of every width are read back as written")
  func roundTrip() throws {
    var writer = ByteWriter()
    writer.u8(0xab)
    writer.u16(0x1234)
    writer.u32(0xdead_beef)
    writer.u64(0x0123_4567_89ab_cdef)
    writer.zeros(2)
    writer.bytes([1, 2, 3])
    #expect(
      writer.bytes == [
        0xab, 0x34, 0x12, 0xef, 0xbe, 0xad, 0xde, 0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01, 0, 0, 1, 2, 3,
      ])
    var reader = ByteReader(writer.bytes)
    #expect(try reader.u8() == 0xab)
    #expect(try reader.u16() == 0x1234)
    #expect(try reader.u32() == 0xdead_beef)
    #expect(try reader.u64() == 0x0123_4567_89ab_cdef)
    try reader.skip(2)
    #expect(try reader.bytes(3) == [1, 2, 3])
    #expect(reader.remaining == 0)
  }

  @Test("too few bytes are an error that says where, and nothing is consumed", arguments: 0..<8)
  func truncated(count: Int) throws {
    var reader = ByteReader(Array(repeating: 7, count: count))
    #expect(throws: TruncatedBytes.self) { try reader.u64() }
    #expect(reader.offset == 0)
    #expect(reader.remaining == count)
  }

  @Test("absurd lengths are an error, not a trap", arguments: [-1, 4, Int.max, Int.min])
  func absurd(count: Int) throws {
    var reader = ByteReader([1, 2, 3])
    #expect(throws: TruncatedBytes.self) { try reader.bytes(count) }
    #expect(throws: TruncatedBytes.self) { try reader.skip(count) }
  }
}

/// The same file with the checksum of each chunk as it should be, as far as chunks follow one another.
func withRightChecksums(_ bytes: [UInt8]) -> [UInt8] {
  var result = bytes
  var start = 8
  while start <= bytes.count - 12 {
    var length = 0
    for byte in bytes[start..<start + 4] { length = length << 8 | Int(byte) }
    let end = start + 8 + length
    guard end <= bytes.count - 4 else { break }
    let sum = checksum(bytes[start + 4..<end])
    for index in 0..<4 { result[end + index] = UInt8(truncatingIfNeeded: sum >> UInt32(24 - 8 * index)) }
    start = end + 4
  }
  return result
}

/// CRC-32 as PNG has it, bit by bit: inputs are short.
private func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
  var sum = UInt32.max
  for byte in bytes {
    sum ^= UInt32(byte)
    for _ in 0..<8 {
      let shifted = sum >> 1
      sum = sum & 1 == 0 ? shifted : shifted ^ 0xedb8_8320
    }
  }
  return ~sum
}

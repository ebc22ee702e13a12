import Wire

/// The example of `Wire`.
private func readWidth(_ bytes: [UInt8]) throws -> UInt32 {
  // page Wire
  var reader = ByteReader(bytes)
  let width = try reader.u32()
  // end
  return width
}

internal import GuestDriver
internal import VirtioGPU
internal import Wire

/// What came back for one request.
struct Reply: Equatable {
  /// The whole of it.
  let bytes: [UInt8]
  let header: ControlHeader

  init(_ bytes: [UInt8]) throws {
    self.bytes = bytes
    var reader = ByteReader(bytes)
    header = bytes.count < ControlHeader.size ? ControlHeader(type: 0) : try ControlHeader(&reader)
  }

  /// What follows the header.
  var body: [UInt8] { Array(bytes.dropFirst(ControlHeader.size)) }

  /// Its type; nil: none that there is.
  var code: ResponseType? { ResponseType(rawValue: header.type) }

  /// The number at a place of it.
  func number(_ place: Int) -> UInt32 {
    bytes.dropFirst(place).prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// The padding of the header is zero, and so is whatever a request without a fence has no use for.
  func requireZeros(line: UInt) throws(Surprise) {
    guard bytes.count >= ControlHeader.size else { return }
    let zeros = header.flags & ControlHeader.fenceFlag == 0 ? bytes[4..<24] : bytes[21..<24]
    try expect(zeros.allSatisfy { $0 == 0 }, "what the header of a response does not use is zero", line: line)
    if let code, code.rawValue >= ResponseType.unspecified.rawValue {
      try expect(bytes.count, ControlHeader.size, "the length of an error", line: line)
    }
  }
}

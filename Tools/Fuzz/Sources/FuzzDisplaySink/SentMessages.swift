import DisplaySocket
import FuzzSupport
import Wire

/// The messages that a sink sent, as their bytes come.
struct SentMessages {
  private static let headerSize = 12

  /// How often it asked for the front end's outputs.
  private(set) var questionCount = 0
  private var header: [UInt8] = []
  /// Bytes of payload that are to come.
  private var left = 0

  /// Takes the next bytes in. Each message is one of a back end.
  mutating func take(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      if left > 0 {
        let count = min(left, rest.count)
        left -= count
        rest = rest.dropFirst(count)
        continue
      }
      let part = rest.prefix(Self.headerSize - header.count)
      header += part
      rest = rest.dropFirst(part.count)
      if header.count == Self.headerSize { try begin() }
    }
  }

  /// Begins the message whose header has come.
  private mutating func begin() throws {
    var reader = ByteReader(header)
    let number = try reader.u32()
    try reader.skip(4)
    left = Int(try reader.u32())
    header = []
    guard let request = DisplaySocketRequest(rawValue: number), ![.resize, .presented, .close].contains(request) else {
      violated("the sink sent the message \(number)")
    }
    // The largest is an image of 96 × 96 pixels.
    require(left <= 64 + 96 * 96 * 4, "a message of \(left) bytes")
    if request == .getDisplayInfo { questionCount += 1 }
  }
}

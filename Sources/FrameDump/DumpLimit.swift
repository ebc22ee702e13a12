internal import Text

/// How much a dump may hold, so that no guest can fill a disk with it.
public struct DumpLimit: Sendable, Hashable, CustomStringConvertible {
  /// The most bytes of the disk, counted as disks do, each file in blocks of 4096 bytes; nil: any number.
  public var bytes: UInt64?
  /// The most frames of all scanouts together; nil: any number.
  public var frames: Int?

  /// A limit; nil: none of that kind.
  public init(bytes: UInt64? = nil, frames: Int? = nil) {
    self.bytes = bytes
    self.frames = frames
  }

  /// 4 GiB: half a million frames of a desktop where little moves, and ten minutes of a film in 1080p at least.
  public static let standard = DumpLimit(bytes: 4 << 30)

  /// As part of a sentence: `4 GiB or 10000 frames`.
  public var description: String {
    let parts = [bytes.map(Self.words), frames.map { count($0, "frame") }].compactMap { $0 }
    return parts.isEmpty ? "nothing" : parts.joined(separator: " or ")
  }

  private static func words(_ bytes: UInt64) -> String {
    for (name, shift) in [("GiB", 30), ("MiB", 20), ("KiB", 10)] as [(String, UInt64)]
    where bytes > 0 && bytes % (1 << shift) == 0 {
      return "\(bytes >> shift) \(name)"
    }
    return bytes == 1 ? "1 byte" : "\(bytes) bytes"
  }
}

/// What happens when a dump has reached its limit, or its disk is full.
public enum WhenFull: String, Sendable, Codable, CaseIterable {
  /// The recording ends and says so. The display source goes on.
  case stop
  /// The next event is refused with an error, which ends the display source.
  case end
}

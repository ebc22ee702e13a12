public import Display

/// Names a frame of a recording as its file is named: `1-42` or `1-000042`, or `42` on the first scanout.
public struct FramePosition: Sendable, Hashable, CustomStringConvertible {
  /// The scanout; nil: the first one that has frames.
  public let scanout: ScanoutID?
  /// Counted per scanout, from 1.
  public let number: Int

  /// The frame of this number.
  public init(scanout: ScanoutID? = nil, number: Int) {
    self.scanout = scanout
    self.number = number
  }

  /// Reads `42`, `1-42` or `1-000042`; nil for anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { part in
      part.allSatisfy { $0.isASCII && $0.isNumber } ? Int(part) : nil
    }
    guard let number = parts.last ?? nil, number > 0, parts.count <= 2 else { return nil }
    self.number = number
    scanout = parts.count == 2 ? parts[0] : nil
    if parts.count == 2, scanout == nil { return nil }
  }

  /// As it is written.
  public var description: String {
    scanout.map { "\($0)-\(number)" } ?? "\(number)"
  }
}

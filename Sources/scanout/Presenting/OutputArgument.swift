import ArgumentParser
import Display
import VirtioGPU

/// A monitor as it is written on the command line: `1920x1080`, `1920x1080@59.94`.
struct OutputArgument: ExpressibleByArgument {
  let size: Size
  let refreshMillihertz: UInt32

  init?(argument: String) {
    let parts = argument.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    guard let size = Size(argument: String(parts[0])) else { return nil }
    self.size = size
    guard parts.count == 2 else {
      refreshMillihertz = 60_000
      return
    }
    guard let hertz = Double(parts[1]), (1...1000).contains(hertz) else { return nil }
    refreshMillihertz = UInt32(hertz * 1000)
  }

  /// Monitors side by side, from left to right.
  static func arrange(_ arguments: [OutputArgument]) -> [Output] {
    var left: Int32 = 0
    return arguments.map { argument in
      defer { left += Int32(argument.size.width) }
      return Output(
        size: argument.size, position: Point(x: left, y: 0), refreshMillihertz: argument.refreshMillihertz)
    }
  }
}

/// A picture as it is written on the command line: `1920x1080`.
extension Size: ExpressibleByArgument {
  /// Linux takes modes of 32 to 8192 pixels a side; below and above nobody would see anything.
  private static let sides: ClosedRange<UInt32> = 32...8192

  public init?(argument: String) {
    let sides = argument.split(separator: "x", omittingEmptySubsequences: false).map { UInt32($0) }
    guard sides.count == 2, let width = sides[0], let height = sides[1], Self.sides.contains(width),
      Self.sides.contains(height)
    else { return nil }
    self.init(width: width, height: height)
  }
}

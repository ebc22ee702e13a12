public import Display

/// The outputs of a device, by connector, and the changes that a user may make to them.
///
/// A value: to change outputs, take the device's ``Device/outputs``, change them, and give them to
/// ``Device/setOutputs(_:notifiesDriver:)``.
public struct OutputLayout: Equatable, Sendable {
  /// The range of positions, in pixels either way.
  public static let positions: ClosedRange<Int32> = -1_000_000...1_000_000

  /// What is plugged into each connector.
  public private(set) var outputs: [Output]

  /// What is plugged in now.
  public init(_ outputs: [Output]) {
    self.outputs = outputs
  }

  /// Outputs side by side, from left to right, on the first of as many connectors; there is one connector for each at
  /// least.
  public init(_ modes: [DisplayMode], connectors: Int) {
    var layout = OutputLayout(Array(repeating: .unplugged, count: max(connectors, modes.count)))
    // There are as many connectors as modes.
    for mode in modes { _ = try? layout.add(mode) }
    self = layout
  }

  /// Enables the first output that is free, at a position or else to the right of all others; returns its connector.
  @discardableResult
  public mutating func add(_ mode: DisplayMode, at position: Point? = nil) throws(OutputLayoutError) -> Int {
    guard let connector = outputs.firstIndex(where: { !$0.isEnabled }) else {
      throw .noFreeConnector(count: outputs.count)
    }
    let position = try checked(position ?? Point(x: right, y: 0))
    outputs[connector] = Output(
      size: mode.size, position: position, refreshMillihertz: mode.refreshMillihertz ?? 60_000)
    return connector
  }

  /// Disables an output; the others stay where they are.
  public mutating func remove(_ connector: Int) throws(OutputLayoutError) {
    _ = try output(connector)
    outputs[connector] = .unplugged
  }

  /// Gives an output another mode, of the same refresh rate unless the mode says otherwise. The outputs to its right keep
  /// their distance.
  public mutating func resize(_ connector: Int, to mode: DisplayMode) throws(OutputLayoutError) {
    let old = try output(connector)
    let growth = Int(mode.size.width) - Int(old.size.width)
    outputs[connector] = Output(
      size: mode.size, position: old.position, refreshMillihertz: mode.refreshMillihertz ?? old.refreshMillihertz)
    for index in outputs.indices where index != connector && outputs[index].isEnabled {
      guard Int(outputs[index].position.x) >= old.right else { continue }
      outputs[index].position.x = Self.within(Int(outputs[index].position.x) + growth)
    }
  }

  /// Gives an output another position.
  public mutating func move(_ connector: Int, to position: Point) throws(OutputLayoutError) {
    _ = try output(connector)
    outputs[connector].position = try checked(position)
  }

  /// The right edge of all outputs.
  private var right: Int32 {
    Self.within(outputs.filter(\.isEnabled).map(\.right).max() ?? 0)
  }

  private static func within(_ x: Int) -> Int32 {
    min(max(Int32(clamping: x), positions.lowerBound), positions.upperBound)
  }

  private func output(_ connector: Int) throws(OutputLayoutError) -> Output {
    guard outputs.indices.contains(connector) else {
      throw .noConnector(connector, count: outputs.count)
    }
    guard outputs[connector].isEnabled else { throw .nothingPluggedIn(connector) }
    return outputs[connector]
  }

  private func checked(_ position: Point) throws(OutputLayoutError) -> Point {
    guard Self.positions.contains(position.x), Self.positions.contains(position.y) else { throw .farAway(position) }
    return position
  }
}

extension Output {
  /// The first column right of it.
  fileprivate var right: Int { Int(position.x) + Int(size.width) }
}

/// Why outputs cannot be changed, in a sentence that says what can be done.
public enum OutputLayoutError: Error, Equatable, CustomStringConvertible {
  /// Every output is enabled.
  case noFreeConnector(count: Int)
  /// The device has fewer connectors.
  case noConnector(Int, count: Int)
  /// The output is not enabled.
  case nothingPluggedIn(Int)
  /// A position outside of ``OutputLayout/positions``.
  case farAway(Point)

  /// A sentence.
  public var description: String {
    switch self {
    case .noFreeConnector(let count):
      count < Device.maximumScanouts
        ? "no output is free: all \(count) are enabled, and a guest learns their number when it starts; remove one, or serve "
          + "again with --connectors \(count + 1)"
        : "no output is free: all \(count) are enabled, and a device has no more; remove one"
    case .noConnector(let connector, let count):
      "there is no output \(connector): the device has \(count), counted from 0"
    case .nothingPluggedIn(let connector):
      "output \(connector) is not enabled: add enables the first output that is free"
    case .farAway(let position):
      "position \(position.x),\(position.y) is too far away: it must be within a million pixels of 0,0"
    }
  }
}

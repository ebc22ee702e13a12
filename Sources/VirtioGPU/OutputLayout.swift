public import Display

/// The monitors of a device, by connector, and what a user may do with them.
///
/// A value: whoever changes monitors takes the device's ``Device/outputs``, changes them, and hands them back.
public struct OutputLayout: Equatable, Sendable {
  /// Monitors stand in this range, in pixels either way.
  public static let places: ClosedRange<Int32> = -1_000_000...1_000_000

  /// What is plugged into each connector.
  public private(set) var outputs: [Output]

  /// What is plugged in now.
  public init(_ outputs: [Output]) {
    self.outputs = outputs
  }

  /// Monitors side by side, from left to right, on the first of as many connectors; there is one for each at least.
  public init(_ modes: [DisplayMode], connectors: Int) {
    var arrangement = OutputLayout(Array(repeating: .unplugged, count: max(connectors, modes.count)))
    // There are as many connectors as monitors.
    for mode in modes { _ = try? arrangement.add(mode) }
    self = arrangement
  }

  /// Plugs a monitor into the first free connector, at a place or else to the right of all others; returns the connector.
  @discardableResult
  public mutating func add(_ mode: DisplayMode, at place: Point? = nil) throws(OutputLayoutError) -> Int {
    guard let connector = outputs.firstIndex(where: { !$0.isEnabled }) else {
      throw .noFreeConnector(count: outputs.count)
    }
    let place = try checked(place ?? Point(x: right, y: 0))
    outputs[connector] = Output(size: mode.size, position: place, refreshMillihertz: mode.refreshMillihertz ?? 60_000)
    return connector
  }

  /// Unplugs a monitor; the others stay where they are.
  public mutating func remove(_ connector: Int) throws(OutputLayoutError) {
    _ = try monitor(connector)
    outputs[connector] = .unplugged
  }

  /// Gives a monitor another mode, of the same refresh rate unless the mode says otherwise. It gets larger or smaller
  /// with it, and the monitors to its right keep their distance.
  public mutating func resize(_ connector: Int, to mode: DisplayMode) throws(OutputLayoutError) {
    let old = try monitor(connector)
    let growth = Int(mode.size.width) - Int(old.size.width)
    outputs[connector] = Output(
      size: mode.size, position: old.position, refreshMillihertz: mode.refreshMillihertz ?? old.refreshMillihertz)
    for index in outputs.indices where index != connector && outputs[index].isEnabled {
      guard Int(outputs[index].position.x) >= old.right else { continue }
      outputs[index].position.x = Self.within(Int(outputs[index].position.x) + growth)
    }
  }

  /// Puts a monitor in another place.
  public mutating func move(_ connector: Int, to place: Point) throws(OutputLayoutError) {
    _ = try monitor(connector)
    outputs[connector].position = try checked(place)
  }

  /// The right edge of all monitors.
  private var right: Int32 {
    Self.within(outputs.filter(\.isEnabled).map(\.right).max() ?? 0)
  }

  private static func within(_ x: Int) -> Int32 {
    min(max(Int32(clamping: x), places.lowerBound), places.upperBound)
  }

  private func monitor(_ connector: Int) throws(OutputLayoutError) -> Output {
    guard outputs.indices.contains(connector) else {
      throw .noConnector(connector, count: outputs.count)
    }
    guard outputs[connector].isEnabled else { throw .nothingPluggedIn(connector) }
    return outputs[connector]
  }

  private func checked(_ place: Point) throws(OutputLayoutError) -> Point {
    guard Self.places.contains(place.x), Self.places.contains(place.y) else { throw .farAway(place) }
    return place
  }
}

extension Output {
  /// The first column right of it.
  fileprivate var right: Int { Int(position.x) + Int(size.width) }
}

/// What cannot be done with the monitors, in a sentence that says what can.
public enum OutputLayoutError: Error, Equatable, CustomStringConvertible {
  /// Every connector has its monitor.
  case noFreeConnector(count: Int)
  /// The device has fewer connectors.
  case noConnector(Int, count: Int)
  /// The connector is free.
  case nothingPluggedIn(Int)
  /// A place outside of ``OutputLayout/places``.
  case farAway(Point)

  /// A sentence.
  public var description: String {
    switch self {
    case .noFreeConnector(let count):
      count < Device.mostScanouts
        ? "no connector is free: all \(count) have a monitor, and a guest learns their number when it starts; remove a "
          + "monitor, or serve again with --connectors \(count + 1)"
        : "no connector is free: all \(count) have a monitor, and a device has no more; remove a monitor"
    case .noConnector(let connector, let count):
      "there is no output \(connector): the device has \(count), counted from 0"
    case .nothingPluggedIn(let connector):
      "nothing is plugged into output \(connector); add plugs a monitor into the first output that is free"
    case .farAway(let place):
      "\(place.x),\(place.y) is too far away: monitors stand within a million pixels of 0,0"
    }
  }
}

public import Display
public import VirtioGPU

/// A connector, what is plugged in, and what it shows.
public struct OutputState: Codable, Equatable, Sendable {
  /// The number of the connector, which is that of its scanout.
  public var output: Int
  /// True when a monitor is plugged in.
  public var connected: Bool
  /// The monitor's preferred mode; 0x0 without one.
  public var mode: Size
  /// How often the monitor would be drawn, in hertz.
  public var hertz: Double
  /// Where the monitor stands among the others, in pixels.
  public var position: Point
  /// The size of what the guest shows; nil: the scanout is off.
  public var shows: Size?

  /// The state of connector number `index`.
  public init(_ output: Output, index: Int, shows: Size?) {
    self.output = index
    connected = output.isEnabled
    mode = output.isEnabled ? output.size : Size(width: 0, height: 0)
    hertz = output.isEnabled ? Double(output.refreshMillihertz) / 1000 : 0
    position = output.position
    self.shows = shows
  }

  /// For people: `1280x800 at 60 Hz, at 0,0`.
  public var summary: String {
    guard connected else { return "nothing plugged in" }
    let rate = hertz == hertz.rounded() ? "\(Int(hertz))" : "\(hertz)"
    return "\(mode) at \(rate) Hz, at \(position.x),\(position.y)"
  }
}

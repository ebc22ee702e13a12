public import Display
public import VirtioGPU

/// State of one output: its mode, its position, and what it shows.
public struct OutputState: Codable, Equatable, Sendable {
  /// The number of the output, which is that of its scanout.
  public var output: Int
  /// True when the guest sees a display connected to the output.
  public var connected: Bool
  /// The preferred mode; 0x0 when nothing is connected.
  public var mode: Size
  /// The refresh rate, in hertz.
  public var hertz: Double
  /// The position of the output among the others, in pixels.
  public var position: Point
  /// The size of what the guest shows; nil: the scanout is off.
  public var shows: Size?

  /// The state of output number `index`.
  public init(_ output: Output, index: Int, shows: Size?) {
    self.output = index
    connected = output.isEnabled
    mode = output.isEnabled ? output.size : Size(width: 0, height: 0)
    hertz = output.isEnabled ? Double(output.refreshMillihertz) / 1000 : 0
    position = output.position
    self.shows = shows
  }

  /// The state in words: `1280x800 at 60 Hz, at 0,0`.
  public var summary: String {
    guard connected else { return "not connected" }
    let rate = hertz == hertz.rounded() ? "\(Int(hertz))" : "\(hertz)"
    return "\(mode) at \(rate) Hz, at \(position.x),\(position.y)"
  }
}

public import Display

/// A change of the outputs of a device, as a control socket or a window requests it. Outputs are numbered as their scanouts.
public enum OutputChange: Equatable, Sendable {
  /// Connects the first output that is not connected, with this mode; without a position, to the right of the others.
  case add(DisplayMode, at: Point?)
  /// Disconnects an output.
  case remove(Int)
  /// Gives an output another preferred mode.
  case resize(Int, DisplayMode)
  /// Gives an output another position.
  case move(Int, to: Point)
}

extension OutputLayout {
  /// Makes a change and returns the output that it was about. When it throws, nothing has changed.
  @discardableResult
  public mutating func apply(_ change: OutputChange) throws(OutputLayoutError) -> Int {
    switch change {
    case .add(let mode, let position): return try add(mode, at: position)
    case .remove(let output):
      try remove(output)
      return output
    case .resize(let output, let mode):
      try resize(output, to: mode)
      return output
    case .move(let output, let position):
      try move(output, to: position)
      return output
    }
  }
}

extension Device {
  /// Makes a change of the outputs, and notifies the driver once; returns the output that it was about. When it throws,
  /// nothing has changed.
  @discardableResult
  public func apply(_ change: OutputChange) throws(OutputLayoutError) -> Int {
    var layout = OutputLayout(outputs)
    let output = try layout.apply(change)
    setOutputs(layout)
    return output
  }
}

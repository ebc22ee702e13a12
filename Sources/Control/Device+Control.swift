public import VirtioGPU

extension Device {
  /// Changes what is plugged in as a request wants it; returns the connector that it was about. Throws a sentence when
  /// that cannot be done; then nothing has changed.
  @discardableResult
  public func carryOut(_ request: ControlRequest) throws(OutputLayoutError) -> Int? {
    var arrangement = OutputLayout(outputs)
    let connector: Int?
    switch request {
    case .list: connector = nil
    case .add(let mode, let place): connector = try arrangement.add(mode, at: place)
    case .remove(let output):
      try arrangement.remove(output)
      connector = output
    case .resize(let output, let mode):
      try arrangement.resize(output, to: mode)
      connector = output
    case .move(let output, let place):
      try arrangement.move(output, to: place)
      connector = output
    }
    setOutputs(arrangement)
    return connector
  }

  /// The state of all connectors.
  public var outputStates: [OutputState] {
    zip(outputs, shownSizes).enumerated().map { OutputState($0.element.0, index: $0.offset, shows: $0.element.1) }
  }
}

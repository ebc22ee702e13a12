public import VirtioGPU

extension Device {
  /// The state of each output, as responses report it.
  public var outputStates: [OutputState] {
    zip(outputs, shownSizes).enumerated().map { OutputState($0.element.0, index: $0.offset, shows: $0.element.1) }
  }
}

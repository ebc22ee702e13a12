public import VirtioGPU

extension Device {
  /// The state of each output, as responses report it.
  public var outputStates: [OutputState] {
    zip(outputs, shownSizes).enumerated().map { index, pair in
      let (output, shownSize) = pair
      return OutputState(output, index: index, shows: shownSize)
    }
  }
}

public import Display

extension Device {
  /// What is plugged into each connector.
  public var outputs: [Output] { scanouts.map(\.output) }

  /// The size of what each scanout shows; nil: it is off.
  public var shownSizes: [Size?] { scanouts.map { $0.shown?.rectangle.size } }

  /// Changes what is plugged into a connector: a mode, a place, on or off. There is no such connector: false.
  ///
  /// What the driver reads from now on, display information and EDID, is the new state. It is notified once of all that
  /// changes before it looks. What a scanout shows stays until the driver switches it off, also when its monitor is
  /// gone: that is what QEMU does, and a driver that hears of it does so.
  @discardableResult
  public func setOutput(_ output: Output, of scanout: ScanoutID) -> Bool {
    guard scanouts.indices.contains(scanout) else { return false }
    guard scanouts[scanout].output != output else { return true }
    scanouts[scanout].output = output
    if displayNews.change() { onConfigurationChange() }
    return true
  }

  /// Changes all that is different in an arrangement; the driver is notified once.
  public func setOutputs(_ arrangement: OutputLayout) {
    for (scanout, output) in arrangement.outputs.enumerated() { setOutput(output, of: scanout) }
  }
}

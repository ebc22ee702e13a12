public import Display

extension Device {
  /// What is plugged into each connector.
  public var outputs: [Output] { scanouts.indices.map { scanouts[$0].output } }

  /// The size of what each scanout shows; nil: it is off.
  public var shownSizes: [Size?] { scanouts.indices.map { scanouts[$0].shown?.rectangle.size } }

  /// Changes the output of a connector: its mode, its position, on or off. False: there is no such connector.
  ///
  /// What the driver reads from now on, display information and EDID, is the new state. It is notified once of all that
  /// changes before it looks. What a scanout shows stays until the driver switches it off, also when its output was
  /// unplugged: QEMU does the same, and a driver that is told of it switches the scanout off.
  ///
  /// With `notifiesDriver` false the driver is not notified: it is asking at this moment (``onOutputsAsked``).
  @discardableResult
  public func setOutput(_ output: Output, of scanout: ScanoutID, notifiesDriver: Bool = true) -> Bool {
    guard scanouts.indices.contains(scanout) else { return false }
    guard scanouts[scanout].output != output else { return true }
    scanouts[scanout].output = output
    if notifiesDriver, outputChanges.change() { onConfigurationChange() }
    return true
  }

  /// Changes every output that is different in a layout; the driver is notified once, or not at all.
  public func setOutputs(_ layout: OutputLayout, notifiesDriver: Bool = true) {
    for (scanout, output) in layout.outputs.enumerated() {
      setOutput(output, of: scanout, notifiesDriver: notifiesDriver)
    }
  }
}

internal import Wire

extension Device {
  /// The driver should ask for the display information again (`VIRTIO_GPU_EVENT_DISPLAY`).
  static let displayEvent: UInt32 = 1

  /// Bytes of the configuration space with all that features add (specification: `struct virtio_gpu_config`).
  public static let configurationSize = 20

  /// The configuration space: pending events, 0, the number of scanouts, the number of capability sets, and
  /// what sizes of blobs are multiples of, if that feature is offered.
  public var configuration: [UInt8] {
    var writer = ByteWriter(capacity: Self.configurationSize)
    writer.u32(outputChanges.isPending ? Self.displayEvent : 0)
    writer.u32(0)
    writer.u32(UInt32(scanouts.count))
    writer.u32(UInt32(capsets.count))
    if offered.contains(.blobAlignment) { writer.u32(Self.blobAlignment) }
    return writer.bytes
  }

  /// Takes a write of the driver. Only `events_clear`, at offset 4, means something: bits that are set end the pending
  /// events. Whatever else is written is ignored.
  public func writeConfiguration(_ bytes: [UInt8], at offset: Int) {
    for (index, byte) in bytes.enumerated() {
      // There is one event, and it is in the first byte.
      let place = offset.subtractingReportingOverflow(4).partialValue.addingReportingOverflow(index).partialValue
      guard place == 0, UInt32(byte) & Self.displayEvent != 0, outputChanges.clear() else { continue }
      onConfigurationChange()
    }
  }
}

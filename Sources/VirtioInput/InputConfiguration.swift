internal import Wire

/// Configuration space of an input device (specification: `struct virtio_input_config`): the driver selects what it wants to
/// know, and reads it.
struct InputConfiguration {
  /// In bytes: two selectors, a size, five reserved bytes, and 128 of data.
  static let size = 136
  private static let dataSize = 128

  /// What can be selected (`VIRTIO_INPUT_CFG_…`).
  private enum Selection {
    static let name: UInt8 = 0x01
    static let serial: UInt8 = 0x02
    static let ids: UInt8 = 0x03
    static let properties: UInt8 = 0x10
    static let codes: UInt8 = 0x11
    static let axis: UInt8 = 0x12
  }

  private let capabilities: InputCapabilities
  private let serial: String
  private var select: UInt8 = 0
  private var subselect: UInt8 = 0

  init(_ capabilities: InputCapabilities, serial: String) {
    self.capabilities = capabilities
    self.serial = serial
  }

  /// Nothing is selected.
  mutating func reset() {
    (select, subselect) = (0, 0)
  }

  /// The driver writes: the two selectors change, everything else is read-only. Front ends write the space byte by byte, or
  /// as a whole.
  mutating func write(_ bytes: [UInt8], at offset: Int) {
    for (index, byte) in zip(offset..., bytes.prefix(2)) {
      if index == 0 { select = byte }
      if index == 1 { subselect = byte }
    }
  }

  /// The whole space.
  var bytes: [UInt8] {
    let data = data.prefix(Self.dataSize)
    var writer = ByteWriter(capacity: Self.size)
    writer.u8(select)
    writer.u8(subselect)
    writer.u8(UInt8(data.count))
    writer.zeros(5)
    writer.bytes(data)
    writer.zeros(Self.dataSize - data.count)
    return writer.bytes
  }

  /// What is selected; empty: there is no such thing.
  private var data: [UInt8] {
    switch (select, subselect) {
    case (Selection.name, 0): Array(capabilities.name.utf8)
    case (Selection.serial, 0): Array(serial.utf8)
    case (Selection.ids, 0): ids
    case (Selection.properties, 0): Self.bitmap(capabilities.properties)
    case (Selection.codes, _): Self.bitmap(capabilities.codes[UInt16(subselect)] ?? [])
    case (Selection.axis, _): axis
    default: []
    }
  }

  /// Bus, vendor, product and version, for drivers that know devices by these.
  private var ids: [UInt8] {
    var writer = ByteWriter(capacity: 8)
    // A bus of virtual devices, on which vendors have no numbers.
    for number in [0x06, 0x5c00, capabilities.product, 1] { writer.u16(number) }
    return writer.bytes
  }

  /// Lowest and highest value, fuzz, flat and resolution. Where there is no size of the screen, there is no resolution.
  private var axis: [UInt8] {
    guard let axis = capabilities.axes.first(where: { $0.code == UInt16(subselect) }) else { return [] }
    var writer = ByteWriter(capacity: 20)
    writer.u32(0)
    writer.u32(UInt32(bitPattern: axis.maximum))
    writer.zeros(12)
    return writer.bytes
  }

  /// One bit for each code, without zero bytes at the end.
  private static func bitmap(_ codes: [UInt16]) -> [UInt8] {
    guard let last = codes.max() else { return [] }
    var bytes = [UInt8](repeating: 0, count: Int(last) / 8 + 1)
    for code in codes { bytes[Int(code) / 8] |= 1 << UInt8(code % 8) }
    return bytes
  }
}

package import LinuxIO
package import Wire

/// Payload `vhost_vring_state`: a ring index and a value (the ring's size, its base, or whether it is enabled).
package struct VringState: Equatable, Sendable {
  package var index: UInt32
  package var value: UInt32

  package init(index: UInt32, value: UInt32) {
    self.index = index
    self.value = value
  }

  package init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    index = try reader.u32()
    value = try reader.u32()
  }

  package func encode(to writer: inout ByteWriter) {
    writer.u32(index)
    writer.u32(value)
  }
}

/// Payload `vhost_vring_addr`: a ring index and the addresses of the ring's parts in the front end's process.
package struct VringAddress: Equatable, Sendable {
  package var index: UInt32
  package var flags: UInt32 = 0
  package var descriptorTable: UInt64
  package var usedRing: UInt64
  package var availableRing: UInt64
  package var log: UInt64 = 0

  package init(index: UInt32, descriptorTable: UInt64, usedRing: UInt64, availableRing: UInt64) {
    self.index = index
    self.descriptorTable = descriptorTable
    self.usedRing = usedRing
    self.availableRing = availableRing
  }

  /// True when the addresses of the ring's parts equal those of `other`; flags and log are ignored.
  func isSamePlace(as other: VringAddress) -> Bool {
    descriptorTable == other.descriptorTable && usedRing == other.usedRing && availableRing == other.availableRing
  }

  package init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    index = try reader.u32()
    flags = try reader.u32()
    descriptorTable = try reader.u64()
    usedRing = try reader.u64()
    availableRing = try reader.u64()
    log = try reader.u64()
  }

  package func encode(to writer: inout ByteWriter) {
    writer.u32(index)
    writer.u32(flags)
    writer.u64(descriptorTable)
    writer.u64(usedRing)
    writer.u64(availableRing)
    writer.u64(log)
  }
}

/// Payload of SET_VRING_KICK, SET_VRING_CALL and SET_VRING_ERR: a ring index, and an eventfd unless the ring is polled.
package struct VringEvent: Sendable {
  /// Bit 8 of the number says that no descriptor comes along.
  private static let hasNoDescriptor: UInt64 = 1 << 8

  package var index: UInt32
  package var descriptor: Descriptor?

  package init(index: UInt32, descriptor: Descriptor?) {
    self.index = index
    self.descriptor = descriptor
  }

  /// Reads the number; `descriptors` must be what it promises.
  init(_ request: FrontEndRequest, _ reader: inout ByteReader, _ descriptors: [Descriptor]) throws {
    let number = try reader.u64()
    let promised = number & Self.hasNoDescriptor == 0 ? 1 : 0
    guard descriptors.count == promised else {
      throw ProtocolError.descriptors(request.rawValue, found: descriptors.count, allowed: promised...promised)
    }
    index = UInt32(number & 0xff)
    descriptor = descriptors.first
  }

  /// The counter behind the descriptor, which is made non-blocking; an eventfd if its count is taken here.
  func counter(isTaken: Bool = false) throws(SystemError) -> EventCounter? {
    guard let descriptor else { return nil }
    return try EventCounter(adopting: descriptor, isTaken: isTaken)
  }

  package func encode(to writer: inout ByteWriter) {
    writer.u64(UInt64(index & 0xff) | (descriptor == nil ? Self.hasNoDescriptor : 0))
  }
}

public import Wire

/// The 24 bytes before every request and every response (specification: `struct virtio_gpu_ctrl_hdr`).
public struct ControlHeader: Equatable, Sendable {
  /// Bytes on the wire.
  public static let size = 24
  /// The sender wants, or the response reports, the end of a fence (`VIRTIO_GPU_FLAG_FENCE`).
  public static let fenceFlag: UInt32 = 1
  /// The fence belongs to a ring of the context (`VIRTIO_GPU_FLAG_INFO_RING_IDX`).
  public static let ringFlag: UInt32 = 2

  /// A ``CommandType`` or ``ResponseType``, unchecked.
  public var type: UInt32
  /// Flag bits, unchecked.
  public var flags: UInt32
  /// The driver's number for the fence.
  public var fenceID: UInt64
  /// The rendering context; 0 when there is none.
  public var contextID: UInt32
  /// The ring of the context that the fence belongs to.
  public var ringIndex: UInt8

  /// A header of these fields.
  public init(type: UInt32, flags: UInt32 = 0, fenceID: UInt64 = 0, contextID: UInt32 = 0, ringIndex: UInt8 = 0) {
    self.type = type
    self.flags = flags
    self.fenceID = fenceID
    self.contextID = contextID
    self.ringIndex = ringIndex
  }

  /// Reads the header and its padding.
  public init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    type = try reader.u32()
    flags = try reader.u32()
    fenceID = try reader.u64()
    contextID = try reader.u32()
    ringIndex = try reader.u8()
    try reader.skip(3)
  }

  /// Writes the header and its padding.
  public func write(to writer: inout ByteWriter) {
    writer.u32(type)
    writer.u32(flags)
    writer.u64(fenceID)
    writer.u32(contextID)
    writer.u8(ringIndex)
    writer.zeros(3)
  }

  /// The header of the response to a request with this one. A fenced request gets its fence back, `withRing` its ring as
  /// well, and nothing else of the flags: unknown ones are never echoed.
  func response(_ type: ResponseType, withRing: Bool) -> ControlHeader {
    guard flags & Self.fenceFlag != 0 else { return ControlHeader(type: type.rawValue) }
    let ring = withRing ? flags & Self.ringFlag : 0
    return ControlHeader(
      type: type.rawValue, flags: Self.fenceFlag | ring, fenceID: fenceID, contextID: contextID,
      ringIndex: ring == 0 ? 0 : ringIndex)
  }
}

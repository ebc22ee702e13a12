internal import Display
public import Wire

/// The fixed part of a request after its header: how the driver writes it and the device reads it.
public protocol Command: Equatable, Sendable {
  /// Which command this is.
  static var type: CommandType { get }

  /// Reads the fields, which follow the header.
  init(_ reader: inout ByteReader) throws(TruncatedBytes)

  /// Writes the fields.
  func write(to writer: inout ByteWriter)
}

extension Command {
  /// The whole request: header and fields. With `ring`, its fence is one of that ring of the context.
  public func request(fenceID: UInt64? = nil, context: UInt32 = 0, ring: UInt8? = nil) -> [UInt8] {
    var writer = ByteWriter(capacity: 128)
    let flags = (fenceID == nil ? 0 : ControlHeader.fenceFlag) | (ring == nil ? 0 : ControlHeader.ringFlag)
    ControlHeader(
      type: Self.type.rawValue, flags: flags, fenceID: fenceID ?? 0, contextID: context, ringIndex: ring ?? 0
    ).write(to: &writer)
    write(to: &writer)
    return writer.bytes
  }
}

/// A rectangle as the guest wrote it, unchecked (specification: `struct virtio_gpu_rect`).
extension ByteReader {
  mutating func rectangle() throws(TruncatedBytes) -> Rectangle {
    let (x, y) = (try u32(), try u32())
    return Rectangle(x: x, y: y, width: try u32(), height: try u32())
  }
}

extension ByteWriter {
  mutating func rectangle(_ rectangle: Rectangle) {
    u32(rectangle.x)
    u32(rectangle.y)
    u32(rectangle.width)
    u32(rectangle.height)
  }
}

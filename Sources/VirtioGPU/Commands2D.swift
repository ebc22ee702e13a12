public import Display
public import Wire

/// Asks for the arrangement of the outputs (specification: `VIRTIO_GPU_CMD_GET_DISPLAY_INFO`).
public struct GetDisplayInfo: Command {
  public static let type = CommandType.getDisplayInfo

  /// The command has no fields.
  public init() {}
  public init(_ reader: inout ByteReader) {}
  public func write(to writer: inout ByteWriter) {}
}

/// Asks for the EDID of an output (specification: `struct virtio_gpu_cmd_get_edid`).
public struct GetEDID: Command {
  public static let type = CommandType.getEDID
  /// Which output.
  public var scanout: UInt32

  /// Asks for the EDID of `scanout`.
  public init(scanout: UInt32) {
    self.scanout = scanout
  }

  public init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    scanout = try reader.u32()
    try reader.skip(4)
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(scanout)
    writer.zeros(4)
  }
}

/// Makes a picture on the host (specification: `struct virtio_gpu_resource_create_2d`).
public struct ResourceCreate2D: Command {
  public static let type = CommandType.resourceCreate2D
  /// The driver's number for it; 0 means "none" everywhere and cannot be used.
  public var resourceID: UInt32
  /// A value of `enum virtio_gpu_formats`, unchecked.
  public var format: UInt32
  /// Pixels in a row.
  public var width: UInt32
  /// Rows.
  public var height: UInt32

  /// Makes a picture of these properties.
  public init(resourceID: UInt32, format: UInt32, width: UInt32, height: UInt32) {
    self.resourceID = resourceID
    self.format = format
    self.width = width
    self.height = height
  }

  public init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    resourceID = try reader.u32()
    format = try reader.u32()
    width = try reader.u32()
    height = try reader.u32()
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(resourceID)
    writer.u32(format)
    writer.u32(width)
    writer.u32(height)
  }
}

/// Destroys a resource (specification: `struct virtio_gpu_resource_unref`).
public struct ResourceUnref: Command {
  public static let type = CommandType.resourceUnref
  /// Which one.
  public var resourceID: UInt32

  /// Destroys `resourceID`.
  public init(resourceID: UInt32) {
    self.resourceID = resourceID
  }

  public init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    resourceID = try reader.u32()
    try reader.skip(4)
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(resourceID)
    writer.zeros(4)
  }
}

/// Shows a part of a resource on an output (specification: `struct virtio_gpu_set_scanout`).
public struct SetScanout: Command {
  public static let type = CommandType.setScanout
  /// The part, in pixels of the resource.
  public var rectangle: Rectangle
  /// The output.
  public var scanout: UInt32
  /// The resource; 0 switches the output off.
  public var resourceID: UInt32

  /// Shows `rectangle` of `resourceID` on `scanout`.
  public init(rectangle: Rectangle, scanout: UInt32, resourceID: UInt32) {
    self.rectangle = rectangle
    self.scanout = scanout
    self.resourceID = resourceID
  }

  public init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    rectangle = try reader.rectangle()
    scanout = try reader.u32()
    resourceID = try reader.u32()
  }

  public func write(to writer: inout ByteWriter) {
    writer.rectangle(rectangle)
    writer.u32(scanout)
    writer.u32(resourceID)
  }
}

/// Brings changed pixels of a resource to every output that shows it (specification:
/// `struct virtio_gpu_resource_flush`).
public struct ResourceFlush: Command {
  public static let type = CommandType.resourceFlush
  /// The changed part, in pixels of the resource.
  public var rectangle: Rectangle
  /// The resource.
  public var resourceID: UInt32

  /// Flushes `rectangle` of `resourceID`.
  public init(rectangle: Rectangle, resourceID: UInt32) {
    self.rectangle = rectangle
    self.resourceID = resourceID
  }

  public init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    rectangle = try reader.rectangle()
    resourceID = try reader.u32()
    try reader.skip(4)
  }

  public func write(to writer: inout ByteWriter) {
    writer.rectangle(rectangle)
    writer.u32(resourceID)
    writer.zeros(4)
  }
}

/// Copies pixels from the guest's pages into a resource (specification: `struct virtio_gpu_transfer_to_host_2d`).
public struct TransferToHost2D: Command {
  public static let type = CommandType.transferToHost2D
  /// Where the pixels go, in pixels of the resource.
  public var rectangle: Rectangle
  /// Where the first of them lies in the backing, in bytes. Rows there are as long as rows of the resource. (The
  /// specification's text calls it a destination; every driver and device means the source.)
  public var offset: UInt64
  /// The resource.
  public var resourceID: UInt32

  /// Copies into `rectangle` of `resourceID` from `offset` on.
  public init(rectangle: Rectangle, offset: UInt64, resourceID: UInt32) {
    self.rectangle = rectangle
    self.offset = offset
    self.resourceID = resourceID
  }

  public init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    rectangle = try reader.rectangle()
    offset = try reader.u64()
    resourceID = try reader.u32()
    try reader.skip(4)
  }

  public func write(to writer: inout ByteWriter) {
    writer.rectangle(rectangle)
    writer.u64(offset)
    writer.u32(resourceID)
    writer.zeros(4)
  }
}

/// Gives a resource its pages (specification: `struct virtio_gpu_resource_attach_backing`). The list of
/// ``MemoryEntry`` follows the fields.
public struct ResourceAttachBacking: Command {
  public static let type = CommandType.resourceAttachBacking
  /// The resource.
  public var resourceID: UInt32
  /// How many entries follow, as the driver claims.
  public var entryCount: UInt32

  /// Announces `entryCount` entries for `resourceID`.
  public init(resourceID: UInt32, entryCount: UInt32) {
    self.resourceID = resourceID
    self.entryCount = entryCount
  }

  public init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    resourceID = try reader.u32()
    entryCount = try reader.u32()
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(resourceID)
    writer.u32(entryCount)
  }
}

/// A run of guest memory behind a resource (specification: `struct virtio_gpu_mem_entry`).
public struct MemoryEntry: Equatable, Sendable {
  /// Bytes on the wire.
  public static let size = 16
  /// Its guest-physical address, unchecked.
  public var address: UInt64
  /// Its length in bytes.
  public var length: UInt32

  /// `length` bytes from `address`.
  public init(address: UInt64, length: UInt32) {
    self.address = address
    self.length = length
  }

  init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    address = try reader.u64()
    length = try reader.u32()
    try reader.skip(4)
  }

  /// Writes the entry and its padding.
  public func write(to writer: inout ByteWriter) {
    writer.u64(address)
    writer.u32(length)
    writer.zeros(4)
  }
}

/// Takes a resource's pages away (specification: `struct virtio_gpu_resource_detach_backing`).
public struct ResourceDetachBacking: Command {
  public static let type = CommandType.resourceDetachBacking
  /// The resource.
  public var resourceID: UInt32

  /// Takes the pages of `resourceID` away.
  public init(resourceID: UInt32) {
    self.resourceID = resourceID
  }

  public init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    resourceID = try reader.u32()
    try reader.skip(4)
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(resourceID)
    writer.zeros(4)
  }
}

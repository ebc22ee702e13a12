internal import Display
internal import LinuxIO

/// A message on its way into a socket, as far as it got: fields, then a descriptor, bytes or the pixels of an image.
struct OutgoingMessage {
  /// The message.
  let message: DisplaySocketMessage
  /// A sentence for the log that goes with it.
  var notice: String?
  private var bytes: [UInt8]
  private var descriptor: Descriptor?
  private let isForReading: Bool
  /// The image whose pixels follow, and the part of it. It is kept until they are sent, also when the source shows another.
  private let image: Surface?
  private let area: Rectangle
  private var sent = 0

  /// A message of fields, and bytes that follow them.
  ///
  /// With `isForReading` the descriptor is opened again for reading only before it is sent, where that is possible.
  init(
    _ message: DisplaySocketMessage, bytes: [UInt8] = [], descriptor: Descriptor? = nil, isForReading: Bool = false
  ) {
    self.message = message
    self.bytes = message.encoded + bytes
    self.descriptor = descriptor
    self.isForReading = isForReading
    image = nil
    area = Rectangle(x: 0, y: 0, width: 0, height: 0)
  }

  /// A message that is followed by a part of an image of four bytes a pixel; the part lies inside the image.
  init(_ message: DisplaySocketMessage, _ area: Rectangle, of image: Surface) {
    self.message = message
    bytes = message.encoded
    isForReading = false
    self.image = image
    self.area = area
  }

  /// Sends what there is room for, without waiting. True when all of it was sent.
  mutating func send(to socket: UnixSocket) throws(SystemError) -> Bool {
    if isForReading, sent == 0, let file = descriptor, let readable = try? file.reopenedForReading() {
      descriptor = readable
    }
    guard let image else {
      while sent < bytes.count {
        let descriptors = sent == 0 ? descriptor.map { [$0] } ?? [] : []
        guard let count = try socket.sendSome(Array(bytes[sent...]), descriptors: descriptors) else { return false }
        sent += count
      }
      return true
    }
    let rowBytes = Int(area.width) * PixelFormat.bytesPerPixel
    let total = bytes.count + rowBytes * Int(area.height)
    while sent < total {
      // Safe: the area lies inside the image, which is kept, so its rows are in the image's memory.
      let count = try unsafe image.withPixels { (base) throws(SystemError) -> Int? in
        let rows = unsafe MemoryRows(
          base: base + Int(area.y) * image.stride + Int(area.x) * PixelFormat.bytesPerPixel, stride: image.stride,
          rowBytes: rowBytes, rows: Int(area.height))
        return try unsafe socket.sendSome(bytes, then: rows, skipping: sent)
      }
      guard let count else { return false }
      sent += count
    }
    return true
  }
}

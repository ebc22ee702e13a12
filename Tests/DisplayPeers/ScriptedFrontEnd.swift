package import Display
package import DisplaySocket
package import LinuxIO
package import VirtioGPU
internal import Wire

/// Scripted front end of a display socket: receives what a ``DisplaySocketSink`` sends, message by message, checks that QEMU
/// would survive it, and keeps what it shows. It sends what a test says.
package final class ScriptedFrontEnd {
  /// A message whose trailing bytes were taken in.
  package typealias Message = DisplaySocketMessage

  /// The scanout's pixels as the messages left them; none: it is off.
  package private(set) var images: [ScanoutID: Surface] = [:]
  /// The latest image and place of each shown cursor.
  package private(set) var cursors: [ScanoutID: (image: Surface, position: Point, hotSpot: Point)] = [:]
  /// The files of surfaces, and those of dma-bufs.
  package private(set) var files: [ScanoutID: Descriptor] = [:]
  package private(set) var name: String?
  package private(set) var messages: [Message] = []
  /// Replies that are sent without being asked for by the test.
  package var answersUpdates = true
  /// False: the test replies to GET_PROTOCOL_FEATURES and GET_DISPLAY_INFO, or does not.
  package var answersQueries = true
  package var outputs: [Output] = []

  package let socket: UnixSocket
  private let features: DisplayFeatures
  private var reader = DisplaySocketReader(.fromBackEnd)

  package init(_ socket: UnixSocket, features: DisplayFeatures = [.edid, .modifiers]) throws {
    try socket.descriptor.setNonBlocking()
    self.socket = socket
    self.features = features
  }

  /// A front end, and the other end of its socket.
  package static func makeOpen(_ features: DisplayFeatures = [.edid, .modifiers]) throws -> (
    ScriptedFrontEnd, Descriptor
  ) {
    let (near, far) = try UnixSocket.makePair()
    return (try ScriptedFrontEnd(near, features: features), far.descriptor)
  }

  /// A front end and a sink that sends to it.
  package static func make(
    _ features: DisplayFeatures = [.edid, .modifiers], options: DisplaySocketSink.Options = DisplaySocketSink.Options()
  ) throws -> (ScriptedFrontEnd, DisplaySocketSink) {
    let (near, far) = try UnixSocket.makePair()
    return (try ScriptedFrontEnd(near, features: features), try DisplaySocketSink(far.descriptor, options: options))
  }

  package struct Violation: Error, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
  }

  /// The next message; nil when the back end closed the socket.
  package func next() throws -> Message? {
    while true {
      try wait()
      switch try reader.next(from: socket) {
      case .waiting: continue
      case .ended: return nil
      case .complete(let arrival):
        guard case .message(let message) = arrival.content else { throw Violation("a back end replied") }
        try take(message, arrival.descriptors)
        messages.append(message)
        return message
      }
    }
  }

  /// Receives until the condition holds.
  package func receive(until isReached: () throws -> Bool) throws {
    while try !isReached() {
      guard try next() != nil else { throw Violation("the back end left too early") }
    }
  }

  /// Receives until the back end closes the socket.
  package func receiveAll() throws {
    while try next() != nil {}
  }

  package func reply(_ request: DisplaySocketRequest, _ payload: [UInt8]) throws {
    try send([request.rawValue, 4, UInt32(payload.count)], payload)
  }

  package func send(_ words: [UInt32], _ bytes: [UInt8] = []) throws {
    try socket.send(Self.words(words) + bytes)
  }

  /// Little-endian words.
  private static func words(_ values: [UInt32]) -> [UInt8] {
    var writer = ByteWriter()
    for value in values { writer.u32(value) }
    return writer.bytes
  }

  /// Waits for bytes.
  private func wait() throws {
    guard try socket.descriptor.wait(for: .readable, timeoutMilliseconds: 60_000) else {
      throw Violation("nothing came for a minute")
    }
  }

  private func take(_ message: Message, _ descriptors: [Descriptor]) throws {
    switch message {
    case .getProtocolFeatures where answersQueries:
      var writer = ByteWriter()
      writer.u64(features.rawValue)
      try reply(.getProtocolFeatures, writer.bytes)
    case .setProtocolFeatures(let chosen):
      guard chosen.isSubset(of: features) else { throw Violation("features were chosen that were not offered") }
      reader.features = chosen
    case .getDisplayInfo where answersQueries: try reply(.getDisplayInfo, Self.displayInfo(outputs))
    case .scanout(let scanout, let size):
      guard size != images[scanout]?.size || size == nil else { throw Violation("a size that was announced already") }
      files[scanout] = nil
      images[scanout] = try size.map { try Surface(size: $0, format: .b8g8r8x8) }
    case .update(let scanout, let area):
      guard let image = images[scanout], area.isInside(image.size), !area.isEmpty else {
        throw Violation("an update of \(area), which is not in the scanout")
      }
      let part = try Surface(area, of: image)
      try receivePixels(part)
    case .sharedScanout(let scanout, let frame):
      files[scanout] = frame == nil ? nil : descriptors[0]
      images[scanout] = nil
    case .sharedUpdate: if answersUpdates { try reply(.dmabufUpdate, []) }
    case .surface(let scanout, let frame): try map(frame, descriptors[0], on: scanout)
    case .damage(let scanout, let area):
      guard let image = images[scanout], area.isInside(image.size) else { throw Violation("damage outside") }
    case .cursorUpdate(let scanout, let position, let hotSpot):
      let image = try Surface(size: Size(width: 64, height: 64), format: .b8g8r8a8)
      try receivePixels(image)
      guard (0..<64).contains(hotSpot.x), (0..<64).contains(hotSpot.y) else { throw Violation("a hot spot outside") }
      cursors[scanout] = (image, position, hotSpot)
    case .cursorImage(let scanout, let size, let hotSpot, _):
      guard let size else { return cursors[scanout] = nil }
      let image = try Surface(size: size, format: .b8g8r8a8)
      try receivePixels(image)
      cursors[scanout] = (image, cursors[scanout]?.position ?? .zero, hotSpot)
    case .cursorPosition(let scanout, let position): cursors[scanout]?.position = position
    case .cursorHide(let scanout, _): cursors[scanout] = nil
    case .name(let count): name = String(decoding: try receiveBytes(count), as: UTF8.self)
    default: break
    }
  }

  private func map(_ frame: FileScanout, _ file: Descriptor, on scanout: ScanoutID) throws {
    files[scanout] = file
    let count = Int(frame.stride) * Int(frame.size.height)
    let bytes = try file.read(count, at: frame.offset)
    let image = try Surface(size: frame.size, format: frame.format)
    guard bytes.count == count else { throw Violation("the file has \(bytes.count) bytes") }
    unsafe image.withPixels { pixels in
      for (index, byte) in bytes.enumerated() {
        unsafe pixels.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
      }
    }
    images[scanout] = image
  }

  private func receivePixels(_ image: Surface) throws {
    let rows = unsafe image.withPixels { base in
      unsafe MemoryRows(
        base: base, stride: image.stride, rowBytes: Int(image.size.width) * 4, rows: Int(image.size.height))
    }
    // Safe: the image lives until the end of the call.
    while case .waiting = try unsafe reader.trailing(from: socket, into: rows) { try wait() }
    withExtendedLifetime(image) {}
  }

  private func receiveBytes(_ count: Int) throws -> [UInt8] {
    while true {
      if case .complete(let bytes) = try reader.trailingBytes(count, from: socket) { return bytes }
      try wait()
    }
  }

  private static func displayInfo(_ outputs: [Output]) -> [UInt8] {
    var words: [UInt32] = [0x1101, 0, 0, 0, 0, 0]
    for output in outputs {
      words += [UInt32(bitPattern: output.position.x), UInt32(bitPattern: output.position.y)]
      words += [output.size.width, output.size.height, output.isEnabled ? 1 : 0, 0]
    }
    return Self.words(words + Array(repeating: 0, count: 102 - words.count))
  }
}

extension Surface {
  /// The colours of its pixels, row by row, without alpha.
  package var colors: [UInt8] {
    get throws {
      let view = try Surface(Rectangle(size), of: self, as: format.opaque)
      let copy = try Surface(size: size, format: .b8g8r8a8)
      copy.copy(Rectangle(size), of: view, to: .zero)
      return unsafe copy.withPixels { pixels in
        unsafe Array(unsafe UnsafeRawBufferPointer(start: pixels, count: copy.stride * Int(copy.size.height)))
      }
    }
  }

  /// Fills it with a gradient that depends on `seed`: every pixel differs from its neighbours.
  package func draw(_ seed: UInt8) {
    for y in Swift.stride(from: 0, to: size.height, by: 4) {
      for x in Swift.stride(from: 0, to: size.width, by: 4) {
        fill(
          Rectangle(x: x, y: y, width: 4, height: 4),
          with: Color(
            red: UInt8(truncatingIfNeeded: x) &+ seed, green: UInt8(truncatingIfNeeded: y) &+ seed &* 3,
            blue: seed &* 7))
      }
    }
  }
}

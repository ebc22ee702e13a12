internal import Display
internal import DisplaySocket
internal import LinuxIO
internal import Synchronization
internal import VirtioGPU
internal import Wire

/// Front end of a display socket that keeps what it is sent, and notes what QEMU's front end would not survive.
///
/// A thread of its own receives, because a back end waits for replies while the guest waits for the back end. Nothing that
/// a back end sends makes it grow without bound, wait for ever or end: at the first message that breaks the protocol it
/// closes the socket.
final class DisplayReceiver {
  private let socket: UnixSocket
  private let thread: NamedThread
  private let shared: Shared
  private let deadline: ContinuousClock.Instant
  private let settleTime: Duration

  final class Shared: Sendable {
    let state = Mutex(ReceivedDisplay())
    let changed: EventCounter
    init() throws(SystemError) { changed = try EventCounter() }
  }

  init(_ socket: UnixSocket, outputs: [Output], limits: ConnectionBench, trace: TraceLog?) throws {
    try socket.descriptor.setNonBlocking()
    let shared = try Shared()
    self.socket = socket
    self.shared = shared
    deadline = limits.deadline
    settleTime = limits.settleTime
    thread = try NamedThread("display", takesSignals: false) {
      var session = ReceiverSession(socket, outputs: outputs, shared: shared, trace: trace)
      session.run()
    }
  }

  deinit {
    socket.shutdown()
    thread.join()
  }

  /// Closes the socket, as a VMM does that goes away.
  func close() {
    socket.shutdown()
  }

  /// Looks at what came.
  func read<Result: Sendable>(_ body: (ReceivedDisplay) throws -> Result) rethrows -> Result {
    try shared.state.withLock { try body($0) }
  }

  /// The messages that came, as many as are kept.
  var messages: [DisplaySocketMessage] { read { $0.messages } }

  /// Waits until what came meets a condition, no longer than things take to settle; false: it never did.
  func wait(until isMet: (ReceivedDisplay) -> Bool) throws -> Bool {
    let end = min(ContinuousClock.now + settleTime, deadline)
    while true {
      if read(isMet) { return true }
      let left = ContinuousClock.now.duration(to: end) / .milliseconds(1)
      guard left > 0, try shared.changed.wait(timeoutMilliseconds: Int32(left.rounded(.up))) else {
        return read(isMet)
      }
    }
  }

  /// Waits until a scanout shows an image in `b8g8r8a8` without transparency; a failure names the first pixel that
  /// differs.
  func expect(_ image: Surface, on scanout: ScanoutID) throws {
    let isShown = try wait { state in
      guard let picture = state.picture(scanout) else { return false }
      return picture.size == image.size && picture.firstDifference(from: image) == nil
    }
    guard !isShown else { return }
    try requireProtocol()
    guard let picture = read({ $0.picture(scanout) }) else {
      throw CaseStop.failed(expected: "\(image.size) pixels on scanout \(scanout)", seen: "the scanout is off")
    }
    guard picture.size == image.size, let (place, seen, expected) = picture.firstDifference(from: image) else {
      throw CaseStop.failed(expected: "\(image.size) pixels on scanout \(scanout)", seen: "\(picture.size)")
    }
    throw CaseStop.failed(
      expected: "pixel (\(place.x),\(place.y)) of scanout \(scanout) to be \(expected)", seen: seen)
  }

  /// Waits until a scanout is off.
  func expectOff(_ scanout: ScanoutID) throws {
    let isOff = try wait { $0.images[scanout] == nil && $0.shared[scanout] == nil }
    try requireProtocol()
    guard !isOff else { return }
    throw CaseStop.failed(
      expected: "scanout \(scanout) to be off",
      seen: "\(read { $0.picture(scanout)?.size.description } ?? "nothing") is shown")
  }

  /// Ends the case when the back end broke the protocol of the display socket.
  func requireProtocol() throws(CaseStop) {
    if let violation = read({ $0.violation }) {
      throw .failed(expected: "valid messages on the display socket", seen: violation)
    }
  }
}

/// The work of a receiver's thread.
private struct ReceiverSession {
  private let socket: UnixSocket
  private let outputs: [Output]
  private let shared: DisplayReceiver.Shared
  private let trace: TraceLog?
  private var reader = DisplaySocketReader(.fromBackEnd)

  /// What QEMU does not survive.
  private struct Violation: Error {
    let sentence: String
  }

  init(_ socket: UnixSocket, outputs: [Output], shared: DisplayReceiver.Shared, trace: TraceLog?) {
    self.socket = socket
    self.outputs = outputs
    self.shared = shared
    self.trace = trace
  }

  mutating func run() {
    do {
      while try receive() {}
      end(nil)
    } catch let error as SystemError where error.isDisconnection {
      end(nil)
    } catch let violation as Violation {
      end(violation.sentence)
    } catch {
      end("\(error)")
    }
    drain()
    socket.shutdown()
  }

  /// Takes what still comes, so that a back end is judged by what it did and not by how it ends without a display.
  private func drain() {
    while let received = try? socket.receive(65536), !received.isEnd {
      guard received.wouldBlock else { continue }
      guard (try? socket.descriptor.wait(for: .readable, timeoutMilliseconds: -1)) != nil else { return }
    }
  }

  private func end(_ violation: String?) {
    if let violation { trace?.noteDisplay("violation: \(violation)", isSent: false) }
    shared.state.withLock {
      $0.violation = violation
      $0.hasEnded = true
    }
    shared.changed.signal()
  }

  /// Takes one message; false at the end of the socket.
  private mutating func receive() throws -> Bool {
    switch try reader.next(from: socket) {
    case .waiting:
      // The case ends this wait by closing the socket.
      _ = try socket.descriptor.wait(for: .readable, timeoutMilliseconds: -1)
      return true
    case .ended: return false
    case .complete(let arrival):
      guard case .message(let message) = arrival.content else { throw Violation(sentence: "a reply to no request") }
      trace?.noteDisplay("\(message)", isSent: false)
      try take(message, arrival.descriptors)
      shared.state.withLock {
        $0.messageCount += 1
        if $0.messages.count < ReceivedDisplay.maximumMessages { $0.messages.append(message) }
      }
      shared.changed.signal()
      return true
    }
  }

  private mutating func take(_ message: DisplaySocketMessage, _ descriptors: [Descriptor]) throws {
    switch message {
    case .getProtocolFeatures:
      var writer = ByteWriter()
      writer.u64(DisplayFeatures([.edid, .modifiers]).rawValue)
      try reply(.getProtocolFeatures, writer.bytes)
    case .setProtocolFeatures(let features):
      guard features.isSubset(of: [.edid, .modifiers]) else {
        throw Violation(sentence: "SET_PROTOCOL_FEATURES of 0x\(String(features.rawValue, radix: 16)), 0x3 was offered")
      }
      reader.features = features
    case .getDisplayInfo: try reply(.getDisplayInfo, DisplayReplies.displayInfo(outputs))
    case .getEDID(let scanout):
      // QEMU's front end does not reply for a scanout that it has not, and a guest would wait for ever.
      if let output = outputs.indices.contains(Int(scanout)) ? outputs[Int(scanout)] : nil {
        try reply(.getEDID, DisplayReplies.edid(output, index: Int(scanout)))
      } else {
        trace?.noteDisplay("no reply, as QEMU's front end gives none", isSent: true)
      }
    case .scanout(let scanout, let size): try set(scanout, size)
    case .update(let scanout, let area): try update(scanout, area)
    case .sharedScanout(let scanout, let frame): try show(scanout, frame, descriptors.first)
    case .sharedUpdate(let scanout, let area):
      let size = shared.state.withLock { $0.shared[scanout]?.size }
      try check(area, in: size, "DMABUF_UPDATE", scanout)
      try reply(.dmabufUpdate, [])
    case .cursorUpdate(let scanout, let position, let hotSpot):
      let image = try receivePixels(Size(width: 64, height: 64), .b8g8r8a8)
      shared.state.withLock {
        $0.cursors[scanout] = .init(image: image, position: position, hotSpot: hotSpot, isVisible: true)
      }
    case .cursorPosition(let scanout, let position):
      shared.state.withLock {
        $0.cursors[scanout]?.position = position
        $0.cursors[scanout]?.isVisible = true
      }
    case .cursorHide(let scanout, let position):
      shared.state.withLock {
        $0.cursors[scanout]?.position = position
        $0.cursors[scanout]?.isVisible = false
      }
    default: throw Violation(sentence: "\(shown(message)) was not negotiated")
    }
  }

  private func set(_ scanout: ScanoutID, _ size: Size?) throws {
    if let size, size.area > ReceivedDisplay.maximumPixels {
      throw Violation(sentence: "SCANOUT \(scanout) of \(size), which no guest here has")
    }
    let image = try size.map { try Surface(size: $0, format: .b8g8r8x8) }
    shared.state.withLock {
      $0.shared[scanout] = nil
      $0.images[scanout] = image
    }
  }

  private mutating func update(_ scanout: ScanoutID, _ area: Rectangle) throws {
    let size = shared.state.withLock { $0.images[scanout]?.size }
    // A rectangle without pixels is harmless.
    guard !area.isEmpty else { return }
    try check(area, in: size, "UPDATE", scanout)
    let part = try receivePixels(area.size, .b8g8r8x8)
    shared.state.withLock {
      $0.images[scanout]?.copy(Rectangle(part.size), of: part, to: Point(x: Int32(area.x), y: Int32(area.y)))
    }
  }

  private func check(_ area: Rectangle, in size: Size?, _ name: String, _ scanout: ScanoutID) throws {
    guard let size else { throw Violation(sentence: "\(name) of scanout \(scanout), which is off") }
    guard area.isInside(size) else {
      throw Violation(sentence: "\(name) of \(area), outside scanout \(scanout) of \(size)")
    }
  }

  private func show(_ scanout: ScanoutID, _ frame: SharedScanout?, _ file: Descriptor?) throws {
    guard let frame, let file else {
      return shared.state.withLock {
        $0.images[scanout] = nil
        $0.shared[scanout] = nil
      }
    }
    guard let format = PixelFormat(fourcc: frame.fourcc), frame.modifier ?? 0 == 0, !frame.isFlipped,
      frame.bufferSize.area <= ReceivedDisplay.maximumPixels, frame.area.isInside(frame.bufferSize)
    else { throw Violation(sentence: "\(shown(frame)) cannot be read") }
    let (bytes, overflows) = UInt64(frame.stride).multipliedReportingOverflow(by: UInt64(frame.bufferSize.height))
    guard !overflows, bytes <= 1 << 28 else { throw Violation(sentence: "\(shown(frame)) is too large") }
    let memory = try MappedMemory(file, offset: 0, count: max(1, bytes))
    let buffer = try Surface(
      size: frame.bufferSize, format: format, stride: Int(frame.stride), memory: memory, offset: 0)
    let view = try Surface(frame.area, of: buffer)
    shared.state.withLock {
      $0.images[scanout] = nil
      $0.shared[scanout] = view
    }
  }

  /// Pixels of the message that came last, in an image of their own.
  private mutating func receivePixels(_ size: Size, _ format: PixelFormat) throws -> sending Surface {
    let image = try Surface(size: size, format: format)
    let rows = unsafe image.withPixels { base in
      unsafe MemoryRows(base: base, stride: image.stride, rowBytes: 4 * Int(size.width), rows: Int(size.height))
    }
    // Safe: the image lives until the end of the call.
    while case .waiting = try unsafe reader.trailing(from: socket, into: rows) {
      _ = try socket.descriptor.wait(for: .readable, timeoutMilliseconds: -1)
    }
    withExtendedLifetime(image) {}
    return image
  }

  private func reply(_ request: DisplaySocketRequest, _ payload: [UInt8]) throws {
    trace?.noteDisplay("reply to \(request), \(payload.count) bytes", isSent: true)
    var writer = ByteWriter(capacity: 12 + payload.count)
    writer.u32(request.rawValue)
    writer.u32(4)
    writer.u32(UInt32(payload.count))
    writer.bytes(payload)
    // At most 1068 bytes: a back end that does not read its replies soon fills the socket, and is one that hangs.
    if try socket.sendSome(writer.bytes) != writer.bytes.count {
      throw Violation(sentence: "replies are not read")
    }
  }
}

/// Payloads of the replies of a display.
private enum DisplayReplies {
  static func displayInfo(_ outputs: [Output]) -> [UInt8] {
    var writer = ByteWriter(capacity: 408)
    ControlHeader(type: ResponseType.okDisplayInfo.rawValue).write(to: &writer)
    for output in outputs {
      writer.u32(UInt32(bitPattern: output.position.x))
      writer.u32(UInt32(bitPattern: output.position.y))
      for value in [output.size.width, output.size.height, output.isEnabled ? 1 : 0, 0] { writer.u32(value) }
    }
    writer.zeros(408 - writer.bytes.count)
    return writer.bytes
  }

  static func edid(_ output: Output, index: Int) -> [UInt8] {
    let edid = EDID(output, index: index).bytes
    var writer = ByteWriter(capacity: 1056)
    ControlHeader(type: ResponseType.okEDID.rawValue).write(to: &writer)
    writer.u32(UInt32(edid.count))
    writer.u32(0)
    writer.bytes(edid)
    writer.zeros(1056 - writer.bytes.count)
    return writer.bytes
  }
}

import Display
import DisplaySocket
import LinuxIO
import ScanoutTesting
import VirtioGPU
import Wire

/// Front end of a display socket on an event loop that the test turns, with a recorder as its sink.
final class ReceivingSession {
  let loop: EventLoop
  let source: DisplaySource
  let recorder = EventRecorder()
  let receiver: DisplaySocketSource
  private let reports = Reports()

  /// What the receiver reports.
  private final class Reports {
    var ends: [DisplaySocketSourceEnd] = []
    var name: String?
  }

  var ends: [DisplaySocketSourceEnd] { reports.ends }
  var name: String? { reports.name }

  struct NothingHappens: Error {}

  init(
    _ descriptor: Descriptor, outputs: [Output] = [], _ change: (inout DisplaySocketSource.Options) -> Void = { _ in }
  )
    throws
  {
    let loop = try EventLoop()
    let wake = try EventCounter()
    self.loop = loop
    source = DisplaySource { wake.signal() }
    try source.add(recorder, named: "recorder", policy: .required)
    try loop.watch(wake.descriptor) { [source] in
      wake.drain()
      try source.serve()
    }
    var options = DisplaySocketSource.Options()
    options.onEnd = { [reports] in reports.ends.append($0) }
    options.onName = { [reports] in reports.name = $0 }
    change(&options)
    receiver = try DisplaySocketSource(descriptor, into: source, outputs: outputs, on: loop, options: options)
    source.onRequest = { [unowned receiver] in receiver.send($0, of: $1) }
    source.onRelease = { [unowned receiver] in try? receiver.resume() }
  }

  /// A session and the socket of its back end, which a test writes to.
  static func makeOpen(
    outputs: [Output] = [], _ change: (inout DisplaySocketSource.Options) -> Void = { _ in }
  ) throws -> (ReceivingSession, RawBackEnd) {
    let (near, far) = try UnixSocket.makePair()
    return (try ReceivingSession(near.descriptor, outputs: outputs, change), RawBackEnd(socket: far))
  }

  /// A session that a sink sends to.
  static func make(
    _ features: DisplayFeatures, _ change: (inout DisplaySocketSource.Options) -> Void = { _ in }
  ) throws -> (ReceivingSession, DisplaySocketSink) {
    let (near, far) = try UnixSocket.makePair()
    let session = try ReceivingSession(near.descriptor) {
      $0.features = features
      change(&$0)
    }
    var options = DisplaySocketSink.Options()
    options.name = "guest"
    return (session, try DisplaySocketSink(far.descriptor, options: options))
  }

  /// Turns the event loop until the condition holds.
  func turn(until isReached: () throws -> Bool) throws {
    let start = Alarm.now
    while try !isReached() {
      guard Alarm.now - start < 60_000_000_000 else { throw NothingHappens() }
      try loop.runOnce(timeoutMilliseconds: 60_000)
    }
  }

  /// Turns until the session has ended, and says how.
  func end() throws -> DisplaySocketSourceEnd? {
    try turn { !ends.isEmpty }
    return ends.count == 1 ? ends[0] : nil
  }

  /// Turns until everything sent so far was handled: the request after it has its reply.
  func settle(_ backEnd: RawBackEnd) throws {
    try backEnd.send(1)
    var replies = 0
    try turn {
      replies += try backEnd.receiveSome().count
      return replies >= 20 || !ends.isEmpty
    }
  }
}

/// Back end that sends what a test says.
struct RawBackEnd {
  let socket: UnixSocket

  func send(_ request: UInt32, _ fields: UInt32..., pixels: [UInt8] = [], descriptors: [Descriptor] = []) throws {
    let payload = Self.words(fields) + pixels
    try socket.send(Self.words([request, 0, UInt32(payload.count)]) + payload, descriptors: descriptors)
  }

  func sendBytes(_ bytes: [UInt8]) throws { try socket.send(bytes) }

  static func words(_ values: [UInt32]) -> [UInt8] {
    var writer = ByteWriter()
    for value in values { writer.u32(value) }
    return writer.bytes
  }

  /// All that has come; nothing when nothing has.
  func receiveSome() throws -> [UInt8] {
    var bytes: [UInt8] = []
    while try socket.descriptor.wait(for: .readable, timeoutMilliseconds: 0) {
      let received = try socket.receive(1 << 16)
      if received.isEnd { break }
      bytes += received.bytes
    }
    return bytes
  }
}

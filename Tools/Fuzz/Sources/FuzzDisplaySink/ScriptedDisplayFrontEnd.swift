import Display
import DisplaySocket
import FuzzSupport
import Glibc
import LinuxIO
import Synchronization
import VirtioGPU
import Wire

/// A front end whose bytes over the display socket the fuzzer chooses, and the sink that it gets frames from.
///
/// While all that it sends is valid, each of its requests reaches the source, in order, and the sink ends because the front
/// end leaves. Whatever it sends, the sink ends once, who asked for outputs is told, and the source goes on.
final class ScriptedDisplayFrontEnd {
  private static let maximumSteps = 80

  /// What the sink's thread tells.
  private final class Told: Sendable {
    let ends = Mutex<[DisplaySocketSinkEnd]>([])
    let outputs = Mutex<[Int?]>([])
    let changed: EventCounter

    init() throws { changed = try EventCounter() }
  }

  private var choices: Choices
  private let socket: UnixSocket
  private let drawing = DrawingSource()
  private let sink: DisplaySocketSink
  private let told: Told
  private var messages = SentMessages()
  private var isRight = true
  private var hasFeatures = false
  private var areRequestsAgreedOn = false
  /// How often the sink was asked for outputs, and how many of its questions were replied to.
  private var asked = 0
  private var replied = 0
  private var sent: [String] = []
  private var received: [String] = []

  init(_ choices: Choices) throws {
    self.choices = choices
    let (ours, theirs) = try UnixSocket.makePair()
    try ours.descriptor.setNonBlocking()
    socket = ours
    let told = try Told()
    self.told = told
    var options = DisplaySocketSink.Options()
    options.name = "fuzz"
    options.onEnd = { end in
      told.ends.withLock { $0.append(end) }
      told.changed.signal()
    }
    sink = try DisplaySocketSink(theirs.descriptor, options: options)
    drawing.source.onRequest = { [unowned self] request, scanout in received.append("\(request) \(scanout)") }
    try drawing.source.add(sink, named: "display", policy: .optional)
  }

  func run() throws {
    for _ in 0..<Self.maximumSteps where !choices.isEmpty {
      guard try step() else { break }
    }
    let isCut = isRight && choices.oneIn(4)
    if isCut { _ = try send([1, 0, 0, 0, 4]) }
    _ = shutdown(socket.descriptor.rawValue, Int32(SHUT_WR))
    let end = try waitForEnd()
    switch end {
    case .invalidReply: require(!isRight || isCut, "a valid message ended the sink: \(end)")
    case .closed: require(!isCut, "half a message was taken for none")
    case .finished, .stopped, .failed: violated("the front end ended the sink so: \(end)")
    }
    try drawing.source.serve()
    require(received.starts(with: sent), "\(received) came, and \(sent) was sent")
    require(!isRight || received == sent, "\(received) came, and only \(sent) was sent")
    require(told.outputs.withLock { $0.count } == asked, "not everybody was told who asked for outputs")
    require(told.ends.withLock { $0.count } == 1, "the sink ended more than once")
    try drawing.source.emit(.scanout(nil), on: 0, at: .zero)
    require(drawing.source.isEmpty, "a sink that ended takes events")
  }

  /// False when the sink has left.
  private func step() throws -> Bool {
    switch choices.below(12) {
    case 0, 1, 2, 3: try drawing.draw(&choices)
    case 4: return try sendFeatures()
    case 5, 6: return try sendRequest()
    case 7:
      asked += 1
      sink.askOutputs { [told] outputs in told.outputs.withLock { $0.append(outputs?.count) } }
    case 8: return try replyWithOutputs()
    case 9: try drawing.source.serve()
    case 10: return try receive()
    default: return choices.oneIn(4) ? try sendAnything() : true
    }
    return true
  }

  // MARK: What the front end sends

  private func sendFeatures() throws -> Bool {
    // The second reply is to no request.
    if hasFeatures { isRight = false }
    hasFeatures = true
    let features = choices.pick(DisplayFeatures.surfaces.rawValue, 3, choices.long())
    if isRight { areRequestsAgreedOn = DisplayFeatures(rawValue: features).contains(.surfaces) }
    return try send(words([1, 4, 8, UInt32(truncatingIfNeeded: features), UInt32(features >> 32)]))
  }

  private func sendRequest() throws -> Bool {
    if !areRequestsAgreedOn { isRight = false }
    let scanout = choices.oneIn(16) ? choices.word() : UInt32(choices.below(3))
    if scanout >= 16 { isRight = false }
    switch choices.below(3) {
    case 0:
      let size = Size(width: 1 + UInt32(choices.below(200)), height: 1 + UInt32(choices.below(200)))
      return try send(.resize(size), scanout, [0x5C80, 0, 12, scanout, size.width, size.height])
    case 1:
      let number = choices.long()
      return try send(
        .presented(number), scanout,
        [0x5C81, 0, 12, scanout, UInt32(truncatingIfNeeded: number), UInt32(number >> 32)])
    default: return try send(.close, scanout, [0x5C82, 0, 4, scanout])
    }
  }

  private func send(_ request: DisplayRequest, _ scanout: UInt32, _ message: [UInt32]) throws -> Bool {
    let isTaken = try send(words(message))
    if isRight { sent.append("\(request) \(scanout)") }
    return isTaken
  }

  /// Replies to the sink's question for outputs, if it has asked.
  private func replyWithOutputs() throws -> Bool {
    // With the features, and nothing that waits for a reply, it asks at once.
    let isDue = hasFeatures && isRight && asked > told.outputs.withLock { $0.count }
    if isDue {
      try wait { messages.questionCount > replied }
      replied += 1
    } else {
      isRight = false
    }
    let count = told.outputs.withLock { $0.count }
    let type: UInt32 = choices.oneIn(8) ? choices.word() : 0x1101
    if type != 0x1101 { isRight = false }
    let fields = [type] + (0..<101).map { _ in choices.isEmpty ? 0 : choices.word() }
    guard try send(words([3, 4, 408] + fields)) else { return false }
    if isRight { try wait { told.outputs.withLock { $0.count } > count } }
    return true
  }

  private func sendAnything() throws -> Bool {
    isRight = false
    var bytes = words([choices.word(), choices.word(), choices.word()])
    bytes += choices.run(atMost: 64)
    return try send(bytes)
  }

  /// Sends bytes, in pieces and with descriptors if the fuzzer says so; false when the sink has left.
  private func send(_ bytes: [UInt8]) throws -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let size = choices.oneIn(8) ? 1 + choices.below(16) : rest.count
      let files = choices.oneIn(32) ? Array(repeating: socket.descriptor, count: 1 + choices.below(4)) : []
      if !files.isEmpty { isRight = false }
      do throws(SystemError) {
        if let count = try socket.sendSome(Array(rest.prefix(size)), descriptors: files) {
          rest = rest.dropFirst(count)
        } else {
          _ = try socket.descriptor.wait(for: .writable, timeoutMilliseconds: 10)
        }
      } catch {
        require(!isRight && error.isDisconnection, "\(error)")
        return false
      }
    }
    return true
  }

  private func words(_ words: [UInt32]) -> [UInt8] {
    var writer = ByteWriter()
    for word in words { writer.u32(word) }
    return writer.bytes
  }

  // MARK: What it receives

  /// Takes what has come; false at the end of it.
  private func receive() throws -> Bool {
    let arrival: UnixSocket.Received
    do throws(SystemError) {
      arrival = try socket.receive(1 << 16)
    } catch {
      require(error.isDisconnection, "\(error)")
      return false
    }
    try messages.take(arrival.bytes)
    return !arrival.isEnd
  }

  /// Receives until something holds, which has to happen.
  private func wait(until isReached: () -> Bool) throws {
    let deadline = Alarm.now + 20_000_000_000
    while !isReached() {
      require(Alarm.now < deadline, "the sink does not go on")
      _ = try socket.descriptor.wait(for: .readable, timeoutMilliseconds: 1)
      _ = try receive()
    }
  }

  private func waitForEnd() throws -> DisplaySocketSinkEnd {
    // What was not received does not keep the sink from ending.
    if choices.oneIn(2) { while try receive(), try socket.descriptor.wait(for: .readable, timeoutMilliseconds: 0) {} }
    require(try told.changed.wait(timeoutMilliseconds: 20_000), "the sink never ends")
    while try socket.descriptor.wait(for: .readable, timeoutMilliseconds: 0), try receive() {}
    return told.ends.withLock { $0[0] }
  }
}

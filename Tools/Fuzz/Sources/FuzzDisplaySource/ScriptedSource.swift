import Display
import DisplaySocket
import FuzzSupport
import Glibc
import LinuxIO
import VirtioGPU
import Wire

/// A back end whose messages the fuzzer chooses, and the front end that receives them, in one thread.
///
/// Sinks see only what keeps the contract of display sinks. When the back end leaves, the session ends within a few turns.
final class ScriptedSource {
  private static let maximumMessages = 60
  /// The most bytes of all frames: little, so that the limit is met.
  private static let maximumBytes = 16 << 20

  private var choices: Choices
  private let backEnd: UnixSocket
  private let loop: EventLoop
  private let source: DisplaySource
  private let sink = ContractSink(scanouts: 16, cursorSide: 512)
  private let holder: Holder
  private let receiver: DisplaySocketSource
  private let file: Descriptor
  private let ending: Ending

  /// What the session reported.
  private final class Ending {
    var count = 0
  }

  /// Sink that holds its source now and then.
  private final class Holder: DisplaySink {
    var hold: FrameHold?
    var holdsNext = false
    weak var source: DisplaySource?
    func join(_ source: DisplaySource) { self.source = source }
    func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) {
      if case .frame = event {
        require(hold == nil, "a frame came while the source was held")
        if holdsNext { hold = source?.hold() }
        holdsNext = false
      }
    }
    func finish() {}
  }

  init(_ choices: Choices) throws {
    self.choices = choices
    let (ours, theirs) = try UnixSocket.makePair()
    try ours.descriptor.setNonBlocking()
    backEnd = ours
    let (loop, ending, holder) = (try EventLoop(), Ending(), Holder())
    (self.loop, self.ending, self.holder) = (loop, ending, holder)
    source = DisplaySource()
    try source.add(sink, named: "contract", policy: .required)
    try source.add(holder, named: "holder", policy: .required)
    file = try MappedMemory.makeSealed(named: "fuzz", count: 16384).fileRanges[0].file
    var options = DisplaySocketSource.Options()
    options.maximumBytes = Self.maximumBytes
    options.repliesWhenShown = self.choices.oneIn(2)
    options.onEnd = { _ in ending.count += 1 }
    let outputs = [Output(size: Size(width: 64, height: 48)), Output(size: Size(width: 7680, height: 4320))]
    receiver = try DisplaySocketSource(
      theirs.descriptor, into: source, outputs: outputs, on: loop, options: options)
    source.onRelease = { [unowned receiver] in expect("to read on") { try receiver.resume() } }
  }

  func run() throws {
    for _ in 0..<Self.maximumMessages where !choices.isEmpty && ending.count == 0 {
      if choices.oneIn(8) { try ask() }
      let message = choices.oneIn(8) ? anything() : message()
      guard try send(message) else { break }
    }
    try release()
    _ = shutdown(backEnd.descriptor.rawValue, Int32(SHUT_WR))
    for _ in 0..<1000 where ending.count == 0 {
      try turn()
      try release()
      try drain()
    }
    require(ending.count == 1 && receiver.end != nil, "\(ending.count) ends were reported")
  }

  /// Does what sinks and the owner do.
  private func ask() throws {
    let scanout = choices.below(17)
    switch choices.below(6) {
    case 0: receiver.send(.resize(Size(width: choices.word(), height: choices.word())), of: scanout)
    case 1: receiver.send(.presented(choices.long()), of: scanout)
    case 2: receiver.send(.close, of: scanout)
    case 3: receiver.replyToUpdates(of: scanout)
    case 4: try release()
    default: holder.holdsNext = true
    }
  }

  private func release() throws {
    holder.hold = nil
    try source.serve()
  }

  private func turn() throws { try loop.runOnce(timeoutMilliseconds: 0) }

  /// Reads replies; what they say is the matter of tests.
  private func drain() throws {
    do throws(SystemError) {
      while try !backEnd.receive(1 << 16).bytes.isEmpty {}
    } catch {
      require(error.isDisconnection, "\(error)")
    }
  }

  /// Sends a message in pieces; false when the session has ended.
  private func send(_ message: [UInt8]) throws -> Bool {
    var rest = message[...]
    var files = choices.oneIn(4) ? Array(repeating: file, count: 1 + choices.below(2)) : []
    if choices.oneIn(32) { files = [backEnd.descriptor] }
    while !rest.isEmpty {
      let piece = Array(rest.prefix(choices.oneIn(8) ? 1 + choices.below(64) : rest.count))
      do throws(SystemError) {
        if let sent = try backEnd.sendSome(piece, descriptors: files) {
          rest = rest.dropFirst(sent)
          files = []
        }
      } catch {
        require(ending.count > 0 && error.isDisconnection, "\(error)")
        return false
      }
      try turn()
      if choices.oneIn(2) { try drain() }
      if holder.hold != nil, rest.count > 1 << 15 { try release() }
    }
    return ending.count == 0
  }

  /// A message of the right form, with right fields most of the time.
  private func message() -> [UInt8] {
    let scanout = choices.oneIn(16) ? choices.word() : UInt32(choices.below(3))
    let format = PixelFormat.allCases[choices.below(8)].fourcc
    switch choices.below(17) {
    case 0: return encode(1, [])
    case 1: return encode(2, [choices.word(), choices.oneIn(3) ? choices.word() : 1 << 30])
    case 2: return encode(3, [])
    case 3: return encode(11, [scanout])
    case 4: return encode(choices.pick(4, 5), [scanout, choices.word(), choices.word()])
    case 5: return encode(6, [scanout, 1, 2, 3, choices.word()], pixels: 64 * 64)
    case 6: return encode(7, [scanout] + size())
    case 7:
      let size = size()
      return encode(
        9, [scanout, choices.word() & 7, 0] + size + size + [choices.oneIn(4) ? choices.word() : 256, 0, format])
    case 8:
      let size = size()
      return encode(
        12,
        [scanout, 0, 0] + size + size + [256, choices.word() & 1, format, choices.oneIn(4) ? choices.word() : 0, 0])
    case 9: return encode(10, [scanout] + area())
    case 10:
      return encode(
        0x5C00, [scanout] + size() + [256, choices.oneIn(4) ? choices.word() : format, choices.word() & 0xff, 0])
    case 11: return encode(0x5C01, [scanout] + area())
    case 12:
      let size = [UInt32(choices.below(9)), UInt32(choices.below(9))]
      return encode(0x5C02, [scanout] + size + [1, 2, choices.word()], pixels: Int(size[0] * size[1]))
    case 13: return encode(0x5C03, [scanout, choices.word(), choices.oneIn(8) ? choices.word() : 0])
    case 14: return encode(0x5C04, [], pixels: choices.below(70))
    case 15: return encode(0x5C05, [])
    default:
      var area = area()
      (area[2], area[3]) = (min(area[2], 64), min(area[3], 64))
      return encode(8, [scanout] + area, pixels: Int(area[2] * area[3]) + (choices.oneIn(16) ? 1 : 0))
    }
  }

  private func size() -> [UInt32] { choices.oneIn(4) ? [choices.word(), choices.word()] : [64, 48] }

  private func area() -> [UInt32] {
    choices.oneIn(8)
      ? [choices.word(), choices.word(), choices.word(), choices.word()]
      : [UInt32(choices.below(64)), 0, 1, UInt32(choices.below(49))]
  }

  /// A message that is invalid most of the time.
  private func anything() -> [UInt8] {
    var writer = ByteWriter()
    for word in [choices.word(), choices.word(), choices.word()] { writer.u32(word) }
    writer.bytes(choices.run(atMost: 64))
    return writer.bytes
  }

  private func encode(_ request: UInt32, _ fields: [UInt32], pixels: Int = 0) -> [UInt8] {
    var writer = ByteWriter()
    for word in [request, choices.oneIn(4) ? choices.word() : 0, UInt32(fields.count * 4 + pixels * 4)] {
      writer.u32(word)
    }
    for field in fields { writer.u32(field) }
    writer.zeros(pixels * 4)
    return writer.bytes
  }
}

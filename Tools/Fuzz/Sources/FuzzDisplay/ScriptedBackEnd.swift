import Display
import FuzzSupport
import Glibc
import LinuxIO
import DisplaySocket
import VirtioGPU
import Wire

/// A back end whose messages over the display socket the fuzzer chooses.
///
/// While all its messages are valid, every query gets a reply and every update is counted. The first invalid message
/// ends the session.
final class ScriptedBackEnd {
  private static let maximumMessages = 60
  private static let outputs = [
    Output(size: Size(width: 64, height: 48)), Output(size: Size(width: 7680, height: 4320)),
  ]

  private var choices: Choices
  private let socket: UnixSocket
  private let frontEnd: DisplayFrontEnd
  /// Bytes of replies that are not checked yet.
  private var replies: [UInt8] = []
  /// The lengths of the replies that are due.
  private var due: [Int] = []
  private var expected = DisplayTraffic()
  private var shown = [Size?](repeating: nil, count: 16)
  private var isRight = true

  init(_ choices: Choices) throws {
    self.choices = choices
    let (ours, theirs) = try UnixSocket.makePair()
    try ours.descriptor.setNonBlocking()
    socket = ours
    frontEnd = try DisplayFrontEnd(theirs, outputs: Self.outputs)
  }

  func run() throws {
    for _ in 0..<Self.maximumMessages where !choices.isEmpty && isRight {
      let message = choices.oneIn(8) ? anything() : message()
      guard try send(message) else { break }
    }
    let isCut = choices.oneIn(4) && isRight
    if isCut { _ = try send([7, 0, 0, 0, 0]) }
    _ = shutdown(socket.descriptor.rawValue, Int32(SHUT_WR))
    while try receive(waiting: true) {}
    let traffic = frontEnd.traffic
    guard let end = traffic.end else { violated("the session ended without a reason") }
    if isRight {
      require(end == (isCut ? .protocolError(.endedInside) : .closed), "it ended so: \(end)")
      require(due.isEmpty && replies.isEmpty, "\(due.count) queries got no reply")
      expected.end = end
      require(traffic == expected, "\(traffic) was counted instead of \(expected)")
    } else if case .system = end {
      violated("a message of the back end broke the socket: \(end)")
    }
  }

  /// Sends a message and reads replies meanwhile; false when the socket is closed.
  private func send(_ message: [UInt8]) throws -> Bool {
    var rest = message[...]
    while !rest.isEmpty {
      let size = choices.oneIn(8) ? 1 + choices.below(64) : rest.count
      let piece = Array(rest.prefix(size))
      let files = choices.oneIn(32) ? Array(repeating: socket.descriptor, count: 1 + choices.below(4)) : []
      // Which messages may have a descriptor, and how many, is the front end's to judge.
      if !files.isEmpty { isRight = false }
      do throws(SystemError) {
        if let sent = try socket.sendSome(piece, descriptors: files) {
          rest = rest.dropFirst(sent)
        } else {
          _ = try socket.descriptor.wait(for: .writable, timeoutMilliseconds: 10)
        }
      } catch {
        require(!isRight && error.isDisconnection, "\(error)")
        return false
      }
      _ = try receive(waiting: false)
    }
    return true
  }

  /// Takes what has come; false at the end of it.
  private func receive(waiting: Bool) throws -> Bool {
    if waiting {
      require(try socket.descriptor.wait(for: .readable, timeoutMilliseconds: 10_000), "the front end never ends")
    }
    let received: UnixSocket.Received
    do throws(SystemError) {
      received = try socket.receive(1 << 16)
    } catch {
      // It left with something unread.
      require(!isRight && error.isDisconnection, "\(error)")
      return false
    }
    require(received.descriptors.isEmpty, "a descriptor came with a reply")
    replies += received.bytes
    while let count = due.first, replies.count >= 12 + count {
      var reader = ByteReader(replies)
      let (_, flags, size) = (try reader.u32(), try reader.u32(), try reader.u32())
      require(flags == 4 && Int(size) == count, "a reply of \(size) bytes with the flags \(flags)")
      replies.removeFirst(12 + count)
      due.removeFirst()
    }
    require(!isRight || !due.isEmpty || replies.isEmpty, "a reply came that nobody asked for")
    return !received.isEnd
  }

  /// A message of the right form, with right fields most of the time.
  private func message() -> [UInt8] {
    let scanout = choices.oneIn(16) ? choices.word() : UInt32(choices.below(3))
    if scanout > 15 { isRight = false }
    let index = Int(min(scanout, 15))
    switch choices.below(10) {
    case 0: return ask(1, [], 8)
    case 1: return encode(2, [choices.word(), 0])
    case 2: return ask(3, [], 408)
    case 3: return ask(11, [choices.oneIn(4) ? choices.word() : UInt32(choices.below(3))], 1056)
    case 4: return encode(choices.pick(4, 5), [scanout, choices.word(), choices.word()])
    case 5:
      expected.cursorUpdates += 1
      return encode(6, [scanout, 1, 2, 3, 4], pixels: 64 * 64)
    case 6, 7: return show(scanout, index)
    case 8:
      let area = area(index)
      expected.sharedUpdates += 1
      return ask(10, [scanout] + area.words, 0)
    default:
      var area = area(index)
      // Few pixels, or none that are claimed.
      (area.width, area.height) = (min(area.width, 64), min(area.height, 64))
      expected.updates += 1
      expected.pixelBytes += area.size.area * 4
      let isShort = choices.oneIn(16)
      if isShort { isRight = false }
      return encode(8, [scanout] + area.words, pixels: Int(area.size.area) + (isShort ? 1 : 0))
    }
  }

  private func show(_ scanout: UInt32, _ index: Int) -> [UInt8] {
    let size = choices.oneIn(8) ? Size(width: choices.word(), height: choices.word()) : Size(width: 64, height: 48)
    let isOff = size.width == 0 && size.height == 0
    if !isOff, size.isEmpty || size.width > 16384 || size.height > 16384 { isRight = false }
    shown[index] = isOff ? nil : size
    if choices.oneIn(4) {
      return encode(9, [scanout, 0, 0, size.width, size.height, size.width, size.height, 256, 0, 0])
    }
    return encode(7, [scanout, size.width, size.height])
  }

  private func area(_ index: Int) -> Rectangle {
    let isSmall = !choices.oneIn(8)
    let area = Rectangle(
      x: isSmall ? UInt32(choices.below(64)) : choices.word(), y: isSmall ? 0 : choices.word(),
      width: isSmall ? 1 : choices.word(), height: isSmall ? UInt32(choices.below(49)) : choices.word())
    guard let size = shown[index], area.isInside(size) else {
      isRight = false
      return area
    }
    return area
  }

  /// A message that may be invalid.
  private func anything() -> [UInt8] {
    isRight = false
    var writer = ByteWriter()
    for word in [choices.word(), choices.word(), choices.word()] { writer.u32(word) }
    writer.bytes(choices.run(atMost: 64))
    return writer.bytes
  }

  private func ask(_ request: UInt32, _ fields: [UInt32], _ reply: Int) -> [UInt8] {
    if isRight { due.append(reply) }
    return encode(request, fields)
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

extension Rectangle {
  fileprivate var words: [UInt32] { [x, y, width, height] }
}

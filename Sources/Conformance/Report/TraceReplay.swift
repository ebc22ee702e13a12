internal import LinuxIO
internal import Text
internal import VhostUser
internal import VirtioGPU
internal import Wire

/// Sends the front end's side of a trace to a back end again, and compares the replies.
///
/// Descriptors are made anew: memory of zeros for regions, counters for queues, a display. No guest runs, so the queues are empty.
public struct TraceReplay: Sendable {
  /// What came of it.
  public struct Outcome: Equatable, Sendable {
    /// How many messages were sent.
    public let sent: Int
    /// How many replies came that the trace has, with the same bytes or with others.
    public let replies: Int
    /// What is not as in the trace, a sentence each, at most a hundred.
    public let differences: [String]

    /// The outcome as one sentence.
    public var summary: String {
      "\(count(sent, "message")) sent, \(replies) replied to, \(count(differences.count, "difference"))"
    }
  }

  private let file: TraceFile
  private static let maximumDifferences = 100

  /// A replay of these messages.
  public init(_ file: TraceFile) {
    self.file = file
  }

  /// Sends all of it, waiting for each reply no longer than `timeout`.
  public func run(_ target: BackEndTarget, timeout: Duration, showsOutput: Bool = false) throws -> Outcome {
    let bench = try ConnectionBench(target, timeout: timeout, showsOutput: showsOutput, trace: nil)
    var made = MadeDescriptors(bench)
    var (sent, replies, differences) = (0, 0, [String]())
    func note(_ sentence: String) {
      if differences.count < Self.maximumDifferences { differences.append(sentence) }
    }
    do {
      for (index, message) in file.messages.enumerated() where message.isSent {
        guard let request = FrontEndRequest.allCases.first(where: { ObservedMessage.name($0) == message.name }) else {
          note("\(message.name.printable) is no message that is known, and was not sent")
          continue
        }
        try bench.frontEnd.send(
          raw: Message.encode(
            request: request.rawValue, flags: MessageHeader.Flags(rawValue: message.flags), payload: message.payload),
          descriptors: made.descriptors(for: request, message))
        sent += 1
        let next = file.messages.dropFirst(index + 1).first
        guard let reply = next, !reply.isSent else { continue }
        let came = try bench.frontEnd.nextReply()
        replies += 1
        guard came.header.request != request.rawValue || came.payload != reply.payload else { continue }
        note("the reply to \(message.name) is \(hex(came.payload)), and was \(hex(reply.payload))")
      }
    } catch {
      let ending = bench.connection.ending(withinMilliseconds: 200)
      note("after \(count(sent, "message")): \(ending?.sentence ?? "\(error)")")
    }
    return Outcome(sent: sent, replies: replies, differences: differences)
  }

  private func hex(_ bytes: [UInt8]) -> String {
    bytes.isEmpty
      ? "empty" : shown(bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())
  }

  /// Descriptors for messages of a trace, which live as long as this.
  private struct MadeDescriptors {
    /// The most bytes of a file for a region: its pages are zeros, and cost nothing.
    private static let largestFile: UInt64 = 1 << 40
    private let bench: ConnectionBench
    private var sockets: [UnixSocket] = []
    private var display: DisplayReceiver?

    init(_ bench: ConnectionBench) {
      self.bench = bench
    }

    mutating func descriptors(
      for request: FrontEndRequest, _ message: TraceFile.TracedMessage
    ) throws -> [Descriptor] {
      guard message.descriptorCount > 0 else { return [] }
      switch request {
      case .gpuSetSocket:
        let (ours, theirs) = try UnixSocket.makePair()
        display = try DisplayReceiver(ours, outputs: GuestBench.outputs, limits: bench, trace: nil)
        return [theirs.descriptor]
      case .setMemTable, .addMemReg:
        let sizes = Self.fileSizes(message.payload)
        return try (0..<message.descriptorCount).map { index in
          let size = sizes.indices.contains(index) ? sizes[index] : 4096
          return try MappedMemory.makeFile(named: "replay", count: min(max(size, 4096), Self.largestFile))
        }
      case .setBackendReqFD:
        let (ours, theirs) = try UnixSocket.makePair()
        sockets.append(ours)
        return [theirs.descriptor]
      default: return try (0..<message.descriptorCount).map { _ in try EventCounter().descriptor }
      }
    }

    /// Bytes that the files of memory regions have: in both messages eight bytes come before the first region.
    private static func fileSizes(_ payload: [UInt8]) -> [UInt64] {
      var reader = ByteReader(payload)
      var sizes: [UInt64] = []
      guard (try? reader.skip(8)) != nil else { return [] }
      while reader.remaining > 0, let region = try? MemoryRegion(&reader) {
        let (end, overflows) = region.fileOffset.addingReportingOverflow(region.count)
        sizes.append(overflows ? .max : end)
      }
      return sizes
    }
  }
}

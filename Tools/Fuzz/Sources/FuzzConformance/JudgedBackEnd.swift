import Conformance
import FuzzSupport
import LinuxIO
import Wire

/// A back end of the fuzzer's choice under the conformance kit. It replies to most requests as one should, so that cases
/// come far, and sends anything over the display socket.
final class JudgedBackEnd: Sendable {
  private static let maximumMessages = 80
  private let choices: Choices
  private let testCase: ConformanceCase

  init(_ choices: Choices) {
    var choices = choices
    testCase = ConformanceCase.all[choices.below(ConformanceCase.all.count)]
    self.choices = choices
  }

  func run() throws {
    let choices = choices
    var run = ConformanceRun(
      .connections(named: "fuzzer") {
        let (ours, theirs) = try UnixSocket.makePair()
        _ = try NamedThread("fuzzer") {
          var session = PlayedSession(theirs, choices)
          session.run()
        }
        return ours
      }, cases: [testCase])
    run.timeout = .milliseconds(40)
    do {
      let report = try run.run()
      require(report.entries.count == 1, "a case has no result")
      require(report.junit.hasSuffix("</testsuites>\n") && !report.text.isEmpty, "a report is not complete")
    } catch is ConformanceRun.NotStarted {}
  }

  /// The back end's side of one connection.
  private struct PlayedSession {
    private let socket: UnixSocket
    private var choices: Choices
    private var display: UnixSocket?

    init(_ socket: UnixSocket, _ choices: Choices) {
      self.socket = socket
      self.choices = choices
    }

    mutating func run() {
      for _ in 0..<JudgedBackEnd.maximumMessages {
        guard let header = try? socket.receive(12), header.bytes.count == 12 else { break }
        var reader = ByteReader(header.bytes)
        guard let request = try? reader.u32(), let flags = try? reader.u32(), let count = try? reader.u32() else {
          break
        }
        let payload = count == 0 ? nil : try? socket.receive(Int(min(count, 4096)))
        if request == 33, let file = header.descriptors.first { display = UnixSocket(file) }
        guard (try? reply(to: request, needsReply: flags & 8 != 0, payload?.bytes ?? [])) != nil else { break }
        if !choices.isEmpty { try? sendToDisplay() }
      }
      socket.shutdown()
      display?.shutdown()
    }

    private mutating func reply(to request: UInt32, needsReply: Bool, _ payload: [UInt8]) throws {
      var body = ByteWriter()
      switch request {
      case 1: body.u64(0x1_7000_0002)
      case 15: body.u64(choices.oneIn(4) ? choices.long() : 0x1_a229)
      case 17, 36: body.u64(2)
      case 11: body.bytes(payload)
      case 24:
        body.bytes(payload.prefix(12))
        body.bytes(choices.run(atMost: 8))
        body.zeros(payload.count - body.bytes.count)
      default:
        guard needsReply else { return }
        body.u64(choices.oneIn(16) ? 1 : 0)
      }
      if choices.oneIn(16) { body.bytes(choices.run(atMost: 40)) }
      var message = ByteWriter()
      message.u32(choices.oneIn(32) ? choices.word() : request)
      message.u32(choices.oneIn(32) ? choices.word() : 5)
      message.u32(choices.oneIn(32) ? choices.word() : UInt32(body.bytes.count))
      message.bytes(body.bytes)
      _ = try socket.sendSome(message.bytes)
    }

    private mutating func sendToDisplay() throws {
      guard let display else { return }
      for _ in 0..<choices.below(4) {
        let request = choices.oneIn(8) ? choices.word() : UInt32(1 + choices.below(12))
        var fields = ByteWriter()
        switch request {
        case 4, 5, 7: for _ in 0..<3 { fields.u32(choices.oneIn(8) ? choices.word() : UInt32(choices.below(70))) }
        case 8, 10: for _ in 0..<5 { fields.u32(choices.oneIn(8) ? choices.word() : UInt32(choices.below(20))) }
        case 9, 12: for _ in 0..<12 { fields.u32(choices.oneIn(4) ? choices.word() : UInt32(choices.below(70))) }
        case 2, 11: for _ in 0..<2 { fields.u32(UInt32(choices.below(4))) }
        default: fields.bytes(choices.run(atMost: 24))
        }
        if request == 8 || request == 6 { fields.bytes(choices.run(atMost: 64)) }
        var message = ByteWriter()
        message.u32(request)
        message.u32(choices.word())
        message.u32(choices.oneIn(8) ? choices.word() : UInt32(fields.bytes.count))
        message.bytes(fields.bytes)
        let files = request == 9 || choices.oneIn(16) ? [try MappedMemory.makeFile(named: "fuzz", count: 4096)] : []
        _ = try display.sendSome(message.bytes, descriptors: files)
      }
    }
  }
}

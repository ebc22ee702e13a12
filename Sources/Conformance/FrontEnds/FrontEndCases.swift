internal import DisplaySocket

/// What front ends of the display socket do.
extension ConformanceCase {
  /// Cases about front ends, first those that every back end's messages are like, then those of broken back ends.
  public static let allOfFrontEnds: [ConformanceCase] = queryCases + pictureCases + brokenBackEndCases

  private static func about(
    _ name: String, _ sentence: String, _ body: @escaping @Sendable (FrontEndBench) throws -> Void
  ) -> ConformanceCase {
    ofFrontEnd(name, sentence, source: RuleSource.displaySocket, body)
  }

  /// A message that no back end should send costs a display at most, and never the virtual machine.
  private static func broken(
    _ name: String, _ title: String, _ body: @escaping @Sendable (FrontEndBench) throws -> Void
  ) -> ConformanceCase {
    ofFrontEnd(
      name, "\(title) is refused or passed over, and the virtual machine goes on",
      source: "no back end may end the virtual machine"
    ) { bench in try bench.tolerates { try body(bench) } }
  }

  private static let queryCases = [
    about("protocol-features", "GET_PROTOCOL_FEATURES has a reply of 8 bytes") { bench in
      try bench.requireAlive()
    },
    about("display-info", "GET_DISPLAY_INFO has a reply with one enabled output or more") { bench in
      let reply = try bench.ask(.getDisplayInfo, replySize: 408)
      try expect(number(reply, 0), 0x1101, "the type of the display information")
      let enabled = (0..<16).filter { number(reply, 24 + 24 * $0 + 16) != 0 }
      try expect(!enabled.isEmpty, "an enabled output", seen: "none")
      for output in enabled {
        let (width, height) = (number(reply, 32 + 24 * output), number(reply, 36 + 24 * output))
        try expect(
          (1...16384).contains(width) && (1...16384).contains(height), "output \(output) of 1 to 16384 pixels a side",
          seen: "\(width)x\(height)")
      }
    },
    about("edid", "GET_EDID has a reply with an EDID, where the front end offers that") { bench in
      let reply = try edid(0, bench)
      try expect(number(reply, 0), 0x1104, "the type of the EDID")
      try expect(Array(reply[32..<40]), [0, 255, 255, 255, 255, 255, 255, 0], "the start of the EDID")
      try expect(reply[32..<160].reduce(UInt8(0)) { $0 &+ $1 }, 0, "the sum of the first block")
    },
  ]

  private static func edid(_ scanout: UInt32, _ bench: FrontEndBench) throws -> [UInt8] {
    let features = try bench.ask(.getProtocolFeatures, replySize: 8)
    guard features[0] & 1 != 0 else { throw CaseStop.skipped("the front end does not offer EDID") }
    try bench.send(.setProtocolFeatures, [1, 0])
    return try bench.ask(.getEDID, [scanout], replySize: 1056)
  }

  private static let pictureCases = [
    about("update", "SCANOUT and UPDATE are taken") { bench in
      try bench.send(.scanout, [0, 64, 48])
      try bench.send(.update, [0, 0, 0, 64, 48], pixels: 64 * 48 * 4)
      try bench.requireAlive()
    },
    about("update-of-a-part", "UPDATE of a part is taken") { bench in
      try bench.send(.scanout, [0, 64, 48])
      for x in UInt32(0)..<56 { try bench.send(.update, [0, x, 3, 8, 8], pixels: 256) }
      try bench.requireAlive()
    },
    about("another-size", "SCANOUT of another size replaces the frame") { bench in
      for size in [UInt32(16), 320, 33, 640] {
        try bench.send(.scanout, [0, size, size])
        try bench.send(.update, [0, 0, 0, size, size], pixels: Int(size * size * 4))
      }
      try bench.requireAlive()
    },
    about("off-and-on", "SCANOUT of 0 by 0 pixels switches a scanout off, and another one on again") { bench in
      for _ in 0..<5 {
        try bench.send(.scanout, [0, 64, 48])
        try bench.send(.update, [0, 0, 0, 64, 48], pixels: 64 * 48 * 4)
        try bench.send(.scanout, [0, 0, 0])
      }
      try bench.requireAlive()
    },
    about("cursor", "CURSOR_UPDATE, CURSOR_POS and CURSOR_POS_HIDE are taken") { bench in
      try bench.send(.scanout, [0, 64, 48])
      try bench.send(.cursorUpdate, [0, 5, 6, 1, 2], pixels: 16384)
      for step in UInt32(0)..<50 { try bench.send(.cursorPosition, [0, step, step]) }
      try bench.send(.cursorPositionHide, [0, 0, 0])
      try bench.requireAlive()
    },
    about("message-in-pieces", "A message that arrives byte by byte is the same message") { bench in
      for byte in [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] as [UInt8] { try bench.send([byte]) }
      try bench.send([0])
      _ = try bench.reply(to: .getProtocolFeatures, count: 8)
      try bench.requireAlive()
    },
  ]

  /// Those that cost most come last: a front end that is lost is not judged by the rest.
  private static let brokenBackEndCases = [
    broken("unknown-request", "A request that is unknown") { try $0.send(9999) },
    broken("unknown-scanout", "SCANOUT of scanout 99") { try $0.send(.scanout, [99, 64, 48]) },
    broken("cursor-short-of-pixels", "CURSOR_UPDATE without its pixels") { bench in
      try bench.send(.cursorUpdate, [0, 0, 0, 0, 0])
    },
    broken("update-outside", "UPDATE outside the frame") { bench in
      try bench.send(.scanout, [0, 64, 48])
      try bench.send(.update, [0, 60, 40, 16, 16], pixels: 1024)
    },
    broken("edid-of-an-unknown-scanout", "GET_EDID of scanout 99") { bench in
      _ = try edid(99, bench)
    },
    broken("update-of-nothing", "UPDATE of a scanout that is off") { bench in
      try bench.send(.scanout, [0, 0, 0])
      try bench.send(.update, [0, 0, 0, 16, 16], pixels: 1024)
    },
    broken("update-short-of-pixels", "UPDATE with fewer pixels than its rectangle has") { bench in
      try bench.send(.scanout, [0, 640, 480])
      try bench.send(.update, [0, 0, 0, 640, 480], pixels: 16)
    },
    broken("scanout-without-height", "SCANOUT of 64 by 0 pixels") { try $0.send(.scanout, [0, 64, 0]) },
    broken("scanout-of-4-gib", "SCANOUT of 65535 by 65535 pixels") { try $0.send(.scanout, [0, 65535, 65535]) },
    broken("message-of-4-gib", "A message that claims 4 GiB") { bench in
      try bench.send(DisplaySocketRequest.scanout.rawValue, [0, 64, 48], claiming: .max)
    },
    ofFrontEnd(
      "closed-display", "A back end that closes the display costs the display, and not the virtual machine",
      source: "no back end may end the virtual machine"
    ) { bench in
      bench.closeDisplay()
      try bench.requireConnection()
    },
  ]
}

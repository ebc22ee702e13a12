internal import Display
internal import GuestDriver
internal import VirtioGPU

/// GET_DISPLAY_INFO and GET_EDID.
extension ConformanceCase {
  static let outputCases: [ConformanceCase] = [
    ConformanceCase(
      .outputs, "display-info-length", "GET_DISPLAY_INFO is responded to with 16 outputs in 408 bytes",
      source: RuleSource.control
    ) { guest in
      let response = try guest.send(GetDisplayInfo())
      try expect(response.type, 0x1101, "the type")
      try expect(response.body.count + 24, 408, "the length")
    },
    ConformanceCase(
      .outputs, "display-info-of-the-display", "GET_DISPLAY_INFO tells the outputs of the front end's display",
      source: RuleSource.displaySocket
    ) { guest in
      // The display's reply may take a moment to reach a device that asks for it when it is attached.
      let end = ContinuousClock.now + guest.connection.settleTime
      var seen: [String] = []
      repeat {
        seen = try guest.driver.displayInfo().filter(\.isEnabled).map(\.size.description)
      } while seen != GuestBench.outputs.map(\.size.description) && .now < end
      try expect(seen, GuestBench.outputs.map(\.size.description), "the enabled outputs")
    },
    ConformanceCase(
      .outputs, "display-info-unused-outputs", "Outputs that are not there are zeros", source: RuleSource.control
    ) { guest in
      let body = try guest.send(GetDisplayInfo()).body
      let scanouts = Int(number(try guest.link.configuration(count: 16), 8))
      try expect(
        body.dropFirst(24 * max(2, min(scanouts, 16))).allSatisfy { $0 == 0 }, "zeros for outputs that are not there",
        seen: "other bytes")
    },
    ConformanceCase(
      .outputs, "display-info-many-times", "A hundred GET_DISPLAY_INFO have a hundred responses",
      source: RuleSource.control
    ) { guest in
      for _ in 0..<100 { try guest.send(GetDisplayInfo()) }
    },
    ConformanceCase(
      .outputs, "edid-is-valid", "GET_EDID is responded to with an EDID whose blocks have the sum 0",
      source: RuleSource.control, needs: .edid
    ) { guest in
      let edid = try edid(0, guest)
      try expect(Array(edid.prefix(8)), [0, 255, 255, 255, 255, 255, 255, 0], "the start of the EDID")
      for block in Swift.stride(from: 0, to: edid.count, by: 128) {
        let sum = edid[block..<min(edid.count, block + 128)].reduce(UInt8(0)) { $0 &+ $1 }
        try expect(sum, 0, "the sum of block \(block / 128)")
      }
      try expect(edid.count >= 128 * (1 + Int(edid[126])), "as many blocks as it says", seen: "\(edid.count) bytes")
    },
    ConformanceCase(
      .outputs, "edid-length", "GET_EDID is responded to with 1056 bytes, of which those after the EDID are zeros",
      source: RuleSource.control, needs: .edid
    ) { guest in
      let response = try guest.send(GetEDID(scanout: 0))
      try expect(response.type, 0x1104, "the type")
      try expect(response.body.count + 24, 1056, "the length")
      let count = Int(number(response.body, 0))
      try expect(response.body.dropFirst(8 + count).allSatisfy { $0 == 0 }, "zeros after the EDID", seen: "other bytes")
    },
    ConformanceCase(
      .outputs, "edid-of-each-output", "Each enabled output has an EDID that prefers its size",
      source: RuleSource.linux, needs: .edid
    ) { guest in
      let outputs = try guest.driver.displayInfo()
      for (index, output) in outputs.enumerated() where output.isEnabled {
        let edid = try edid(UInt32(index), guest)
        let timing = edid[54..<72].map(UInt32.init)
        let size = Size(width: timing[2] | (timing[4] >> 4) << 8, height: timing[5] | (timing[7] >> 4) << 8)
        try expect(size, output.size, "the preferred mode of output \(index)")
      }
    },
  ]

  /// An EDID, of whole blocks.
  private static func edid(_ scanout: UInt32, _ guest: GuestBench) throws -> [UInt8] {
    let body = try guest.send(GetEDID(scanout: scanout)).body
    let count = Int(number(body, 0))
    let edid = Array(body.dropFirst(8).prefix(count))
    try expect(
      count >= 128 && count % 128 == 0 && edid.count == count, "an EDID of whole blocks of 128 bytes",
      seen: "\(count) bytes, of which \(edid.count) came")
    return edid
  }
}

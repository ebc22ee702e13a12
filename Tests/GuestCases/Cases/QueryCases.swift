internal import Display
internal import GuestDriver
internal import VirtioGPU

/// GET_DISPLAY_INFO, GET_EDID, GET_CAPSET_INFO, GET_CAPSET.
extension GuestCase {
  static let queryCases: [GuestCase] = [
    GuestCase(
      "GET_DISPLAY_INFO tells place, size and plug of each output, and zeros for those that are not there",
      .getDisplayInfo,
      on: .with {
        $0.outputs = [
          Output(size: Size(width: 64, height: 48)),
          Output(size: Size(width: 32, height: 32), position: Point(x: 64, y: -8)),
          Output(size: Size(width: 16, height: 16), isEnabled: false),
        ]
      }
    ) { guest in
      let reply = try guest.send(GetDisplayInfo())
      try expect(reply.bytes.count, 408, "the length")
      try expect((0..<6).map { reply.number(24 + 4 * $0) }, [0, 0, 64, 48, 1, 0], "the first output")
      try expect((0..<6).map { reply.number(48 + 4 * $0) }, [64, .max - 7, 32, 32, 1, 0], "the second output")
      try expect((0..<6).map { reply.number(72 + 4 * $0) }, [0, 0, 0, 0, 0, 0], "the output that is not plugged in")
      try expect(reply.bytes[96...].allSatisfy { $0 == 0 }, "outputs that are not there are zeros")
    },
    GuestCase("GET_DISPLAY_INFO tells of a mode that the host changed", .getDisplayInfo) { guest in
      try guest.host.onDevice { _ = $0.setOutput(Output(size: Size(width: 100, height: 80)), of: 1) }
      let reply = try guest.send(GetDisplayInfo())
      try expect([reply.number(56), reply.number(60)], [100, 80], "the new size")
      try expect(guest.driver.takeEvents(), 1, "the events that are pending")
      try expect(guest.driver.takeEvents(), 0, "the events that are pending after they were cleared")
    },
    GuestCase("GET_EDID responds with a block whose sum is zero, and zeros after it", .getEDID) { guest in
      let reply = try guest.send(GetEDID(scanout: 1))
      try expect(reply.bytes.count, 1056, "the length")
      let count = Int(reply.number(24))
      try expect(count > 0 && count % 128 == 0 && count <= 1024, "the EDID is whole blocks")
      try expect(reply.number(28), 0, "the padding")
      let edid = reply.bytes[32..<(32 + count)]
      try expect(edid.reduce(UInt8(0)) { $0 &+ $1 }, 0, "the sum of its bytes")
      try expect(reply.bytes[(32 + count)...].allSatisfy { $0 == 0 }, "zeros follow the EDID")
    },
    .mistake("GET_EDID of scanout 2 of 2", GetEDID(scanout: 2), .invalidParameter),
    .mistake("GET_EDID that was not negotiated", GetEDID(scanout: 0), .unspecified, on: .flat.asking([.resourceBlob])),

    GuestCase("GET_CAPSET_INFO responds with id, version and length", .getCapsetInfo, on: .rendering) { guest in
      try expect(guest.driver.link.configuration(count: 16)[12], 2, "the number of capability sets")
      let reply = try guest.send(GetCapsetInfo(index: 1))
      try expect(reply.body, [2, 0, 0, 0, 2, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0], "the response")
    },
    GuestCase("GET_CAPSET responds with as many bytes as were announced", .getCapset, on: .rendering) { guest in
      try expect(guest.send(GetCapset(id: 2, version: 2)).body, Array(1...20), "the set")
      try expect(guest.send(GetCapset(id: 2, version: 0)).body, Array(1...20), "the set in an older version")
      try expect(guest.send(GetCapset(id: 1, version: 1)).body, [1, 0, 0, 0], "the other set")
    },
    .mistake("GET_CAPSET_INFO of index 2 of 2", GetCapsetInfo(index: 2), .invalidParameter, on: .rendering),
    .mistake("GET_CAPSET_INFO of index 2^32-1", GetCapsetInfo(index: .max), .invalidParameter, on: .rendering),
    .mistake("GET_CAPSET of set 0", GetCapset(id: 0, version: 0), .invalidParameter, on: .rendering),
    .mistake("GET_CAPSET of set 64", GetCapset(id: 64, version: 0), .invalidParameter, on: .rendering),
    .mistake("GET_CAPSET of set 255", GetCapset(id: 255, version: 0), .invalidParameter, on: .rendering),
    .mistake("GET_CAPSET of a version too new", GetCapset(id: 2, version: 3), .invalidParameter, on: .rendering),
    .mistake("GET_CAPSET of version 2^32-1", GetCapset(id: 2, version: .max), .invalidParameter, on: .rendering),
    .mistake("GET_CAPSET_INFO without a renderer", GetCapsetInfo(index: 0), .unspecified),
    .mistake("GET_CAPSET without a renderer", GetCapset(id: 1, version: 0), .unspecified),
  ]
}

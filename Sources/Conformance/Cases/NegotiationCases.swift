internal import GuestDriver
internal import LinuxIO
internal import VhostUser
internal import Virtio
internal import VirtioGPU
internal import Virtqueue

/// What both ends agree on before a guest runs.
extension ConformanceCase {
  static let negotiationCases: [ConformanceCase] = [
    .connection(
      .negotiation, "offers-version-1", "The back end offers VIRTIO_F_VERSION_1", source: RuleSource.features
    ) { bench in
      try offers(FeatureBits.version1, "VIRTIO_F_VERSION_1 (bit 32)", bench)
    },
    .connection(
      .negotiation, "offers-protocol-features", "The back end offers VHOST_USER_F_PROTOCOL_FEATURES",
      source: RuleSource.vhostUser
    ) { bench in
      try offers(FeatureBits.protocolFeatures, "VHOST_USER_F_PROTOCOL_FEATURES (bit 30)", bench)
    },
    .connection(
      .negotiation, "offers-configuration", "The back end offers CONFIG, without which QEMU does not start",
      source: RuleSource.vhostUser
    ) { bench in
      _ = try bench.negotiate()
      try expect(
        bench.frontEnd.protocolFeatures.contains(.configuration), "CONFIG (bit 9) among the protocol features",
        seen: hex(bench.frontEnd.protocolFeatures.rawValue))
    },
    .connection(
      .negotiation, "offers-reset", "The back end offers RESET_DEVICE or STATUS, so that it hears of a guest's reset",
      source: RuleSource.reset
    ) { bench in
      _ = try bench.negotiate()
      let features = bench.frontEnd.protocolFeatures
      try expect(
        features.contains(.resetDevice) || features.contains(.status),
        "RESET_DEVICE (bit 13) or STATUS (bit 16) among the protocol features", seen: hex(features.rawValue))
    },
    .connection(
      .negotiation, "features-twice", "GET_FEATURES has the same reply each time", source: RuleSource.vhostUser
    ) { bench in
      let first = try bench.frontEnd.askNumber(.getFeatures)
      _ = try bench.negotiate()
      try expect(hex(bench.frontEnd.askNumber(.getFeatures)), hex(first), "the features")
    },
    .connection(
      .negotiation, "two-queues", "GET_QUEUE_NUM is 2 or more: a control queue and a cursor queue",
      source: RuleSource.vhostUser
    ) { bench in
      _ = try bench.negotiate()
      guard bench.frontEnd.protocolFeatures.contains(.multipleQueues) else {
        throw CaseStop.skipped("the back end does not offer MQ")
      }
      let count = try bench.frontEnd.queueCount()
      try expect(count >= 2, "2 queues or more", seen: "\(count)")
    },
    .connection(
      .negotiation, "unoffered-ring-features",
      "SET_FEATURES with INDIRECT_DESC, EVENT_IDX and RING_RESET is taken, as QEMU sends them whatever was offered",
      source: "QEMU 10, hw/display/vhost-user-gpu.c: features of the guest are not masked by those of the back end"
    ) { bench in
      let features = try bench.negotiate()
      let extra = FeatureBits.indirectDescriptors | FeatureBits.eventIndex | 1 << 40
      try bench.frontEnd.acknowledge(features: features | bench.frontEnd.features | extra)
      _ = try bench.frontEnd.askNumber(.getFeatures)
    },
    .connection(
      .negotiation, "acknowledges-requests", "With REPLY_ACK, a request that needs a reply has one",
      source: RuleSource.vhostUser
    ) { bench in
      _ = try bench.negotiate()
      guard bench.frontEnd.protocolFeatures.contains(.replyAck) else {
        throw CaseStop.skipped("the back end does not offer REPLY_ACK")
      }
      // Each of these waits for its acknowledgement.
      try bench.frontEnd.tell(.setOwner)
      try GuestBench.share(GuestRAM(count: 1 << 20), over: bench.frontEnd)
    },
    .connection(
      .negotiation, "memory-table-again", "A second memory table replaces the first", source: RuleSource.vhostUser
    ) { bench in
      _ = try bench.negotiate()
      for megabytes in 1...8 {
        try GuestBench.share(GuestRAM(count: UInt64(megabytes) << 20), over: bench.frontEnd)
      }
      _ = try bench.frontEnd.askNumber(.getFeatures)
    },
    .connection(
      .negotiation, "memory-slots", "With CONFIGURE_MEM_SLOTS, memory regions come and go one by one",
      source: RuleSource.vhostUser
    ) { bench in
      _ = try bench.negotiate()
      guard bench.frontEnd.protocolFeatures.contains(.memorySlots) else {
        throw CaseStop.skipped("the back end does not offer CONFIGURE_MEM_SLOTS")
      }
      let slots = try bench.frontEnd.memorySlotCount()
      try expect(slots >= 1, "1 memory slot or more", seen: "\(slots)")
      for round in UInt64(0)..<4 {
        let ram = try GuestRAM(count: 1 << 20)
        let region = MemoryRegion(
          guestAddress: 1 << 32 + round << 24, count: ram.count, userAddress: 1 << 44 + round << 24, fileOffset: 0)
        try bench.frontEnd.addMemory(SharedRegion(region, file: ram.file))
        try bench.frontEnd.removeMemory(region)
      }
    },
    .connection(
      .negotiation, "message-in-pieces", "A message that arrives byte by byte is the same message",
      source: "stream sockets keep no boundaries"
    ) { bench in
      for byte in [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0] as [UInt8] { try bench.frontEnd.send(raw: [byte]) }
      let reply = try bench.frontEnd.nextReply()
      try expect(reply.header.request, 1, "the request of the reply")
      try expect(reply.payload.count, 8, "the length of the reply")
    },
    .connection(
      .negotiation, "call-replaced",
      "SET_VRING_CALL while a queue runs takes effect, as QEMU sends it to mask interrupts",
      source: RuleSource.vhostUser
    ) { bench in
      let guest = try GuestBench(bench)
      for _ in 0..<4 {
        let call = try EventCounter()
        try bench.frontEnd.tell(.setVringCall(VringEvent(index: 0, descriptor: call.descriptor)))
        let request = DriverQueue.Buffer(address: try guest.ram.allocate(4096), length: 24)
        try guest.ram.memory.write(GetDisplayInfo().request(), at: request.address)
        let response = DriverQueue.Buffer(address: try guest.ram.allocate(4096), length: 408)
        guard guest.driver.control.submit(readable: [request], writable: [response]) != nil else {
          throw DriverError.queueFull
        }
        _ = guest.driver.control.askForCall()
        guest.link.kick(0)
        // A call for nothing may come when the descriptor does.
        while guest.driver.control.collect() == nil {
          guard try bench.frontEnd.wait(for: call, within: bench.settleTime) else {
            throw CaseStop.failed(expected: "a call on the new descriptor with the response", seen: "none")
          }
        }
      }
    },
  ]

  private static func offers(_ bit: UInt64, _ name: String, _ bench: ConnectionBench) throws {
    let features = try bench.frontEnd.askNumber(.getFeatures)
    try expect(features & bit != 0, "\(name) among the features", seen: hex(features))
  }

  static func hex(_ number: UInt64) -> String { "0x" + String(number, radix: 16) }
}

internal import Display
internal import GuestDriver
internal import LinuxIO
internal import VhostUser
internal import VirtioGPU
internal import Virtqueue

/// Broken rings of guests, and broken messages.
extension ConformanceCase {
  static let hostileCases: [ConformanceCase] =
    BrokenChain.all.map { chain in
      ConformanceCase(
        .hostile, "control-\(chain.name)", "\(chain.title) on the control queue kills no process",
        source: RuleSource.robustness, mayEnd: true
      ) { guest in
        try guest.publish(chain, on: guest.driver.control, index: 0)
      }
    } + [
      ConformanceCase(
        .hostile, "cursor-chain-onto-itself", "A chain that loops onto itself on the cursor queue kills no process",
        source: RuleSource.robustness, mayEnd: true
      ) { guest in
        try guest.publish(BrokenChain.all[1], on: guest.driver.cursor, index: 1)
      },
      ConformanceCase(
        .hostile, "available-head-outside-the-table", "A head outside the descriptor table kills no process",
        source: RuleSource.robustness, mayEnd: true
      ) { guest in
        try guest.send(GetDisplayInfo())
        guest.driver.control.publish(head: 64)
        try guest.survives(0)
      },
      ConformanceCase(
        .hostile, "available-index-jumps", "An available index that jumps by more than the queue has kills no process",
        source: RuleSource.robustness, mayEnd: true
      ) { guest in
        try guest.send(GetDisplayInfo())
        guest.driver.control.forceAvailableIndex(30000)
        try guest.survives(0)
      },
      .connection(
        .hostile, "unknown-message", "A message that is unknown is refused, or ends the connection",
        source: RuleSource.vhostUser, mayEnd: true
      ) { bench in
        _ = try bench.negotiate()
        try bench.tolerates { frontEnd in
          try frontEnd.send(raw: message(9999, flags: 9, []))
          if frontEnd.protocolFeatures.contains(.replyAck) { _ = try frontEnd.nextReply() }
        }
      },
      .connection(
        .hostile, "queue-index-out-of-range", "A queue that does not exist is refused, or ends the connection",
        source: RuleSource.vhostUser, mayEnd: true
      ) { bench in
        _ = try bench.negotiate()
        try bench.tolerates { try $0.tell(.setVringNum(VringState(index: 77, value: 64))) }
      },
      .connection(
        .hostile, "queue-size-out-of-range", "A queue of 65535 descriptors is refused, or ends the connection",
        source: RuleSource.vhostUser, mayEnd: true
      ) { bench in
        _ = try bench.negotiate()
        try bench.tolerates { try $0.tell(.setVringNum(VringState(index: 0, value: 65535))) }
      },
      .connection(
        .hostile, "ring-outside-memory", "A ring at an address that is not shared is refused, or ends the connection",
        source: RuleSource.vhostUser, mayEnd: true
      ) { bench in
        _ = try bench.negotiate()
        try GuestBench.share(GuestRAM(count: 1 << 20), over: bench.frontEnd)
        try bench.tolerates { frontEnd in
          try frontEnd.tell(.setVringNum(VringState(index: 0, value: 64)))
          try frontEnd.tell(
            .setVringAddr(VringAddress(index: 0, descriptorTable: 0x1000, usedRing: 0x2000, availableRing: 0x3000)))
          let kick = try EventCounter()
          try frontEnd.tell(.setVringKick(VringEvent(index: 0, descriptor: kick.descriptor)))
          try frontEnd.tell(.setVringEnable(VringState(index: 0, value: 1)))
          kick.signal()
        }
      },
      .connection(
        .hostile, "kick-before-addresses", "A queue that is kicked before it has addresses kills no process",
        source: RuleSource.vhostUser, mayEnd: true
      ) { bench in
        _ = try bench.negotiate()
        try bench.tolerates { frontEnd in
          let kick = try EventCounter()
          kick.signal()
          try frontEnd.tell(.setVringKick(VringEvent(index: 0, descriptor: kick.descriptor)))
          try frontEnd.tell(.setVringEnable(VringState(index: 0, value: 1)))
        }
      },
      .connection(
        .hostile, "memory-region-without-pages", "A memory region that its file does not have kills no process",
        source: RuleSource.vhostUser, mayEnd: true
      ) { bench in
        _ = try bench.negotiate()
        let file = try MappedMemory.makeFile(named: "short", count: 4096)
        let region = MemoryRegion(guestAddress: 1 << 30, count: 1 << 40, userAddress: 1 << 45, fileOffset: 1 << 50)
        try bench.tolerates { try $0.share([SharedRegion(region, file: file)]) }
      },
    ]

  /// A message with any number, flags and payload.
  private static func message(_ request: UInt32, flags: UInt32, _ payload: [UInt8]) -> [UInt8] {
    [request, flags, UInt32(payload.count)].flatMap { word in
      (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
    } + payload
  }
}

extension GuestBench {
  /// Makes a broken chain available to a device that has responded before, and finds out whether the back end lives on.
  fileprivate func publish(_ chain: BrokenChain, on queue: DriverQueue, index: Int) throws {
    try send(GetDisplayInfo())
    for (place, descriptor) in chain.table.enumerated() { queue.writeDescriptor(descriptor, at: UInt16(place)) }
    queue.publish(head: 0)
    _ = queue.askForCall()
    try survives(index)
  }

  /// The back end gives the request back, or stops the queue, or ends the connection in order. Whichever: it has seen the
  /// request when a message that came after it is replied to.
  fileprivate func survives(_ queue: Int) throws {
    try link.kickUntilTaken(queue, within: connection.settleTime)
    // A back end with a thread for each queue gets a moment.
    _ = try link.hasCall(queue, within: .milliseconds(10))
    _ = try connection.frontEnd.askNumber(.getFeatures)
    _ = try connection.frontEnd.stopQueue(0)
    _ = try connection.frontEnd.askNumber(.getFeatures)
  }
}

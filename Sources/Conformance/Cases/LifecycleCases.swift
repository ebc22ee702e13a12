internal import Display
internal import GuestDriver
internal import LinuxIO
internal import VhostUser
internal import VirtioGPU
internal import Virtqueue

/// Reset, stop and go on, reconnect.
extension ConformanceCase {
  static let lifecycleCases: [ConformanceCase] = [
    ConformanceCase(
      .lifecycle, "stop-and-continue", "Queues that stop and go on lose nothing, as with QEMU's stop and cont",
      source: RuleSource.vhostUser
    ) { guest in
      let frame = try guest.setStage()
      for round in UInt8(0)..<5 {
        try guest.link.pause()
        try guest.link.resume(control: guest.driver.control, cursor: guest.driver.cursor)
        frame.surface.drawBlocks(round)
        try frame.flush()
      }
      try guest.expectShown(frame)
    },
    ConformanceCase(
      .lifecycle, "base-of-a-stopped-queue", "GET_VRING_BASE has the number of requests that were taken",
      source: RuleSource.vhostUser
    ) { guest in
      for _ in 0..<7 { _ = try guest.driver.send(request: ResourceUnref(resourceID: 77).request()) }
      try expect(guest.connection.frontEnd.stopQueue(0), 7, "the base of the control queue")
      try expect(guest.connection.frontEnd.stopQueue(1), 0, "the base of the cursor queue")
    },
    ConformanceCase(
      .lifecycle, "stopped-queue-is-quiet", "A stopped queue takes no request", source: RuleSource.vhostUser
    ) { guest in
      try guest.send(GetDisplayInfo())
      try guest.link.pause()
      let page = try guest.ram.allocate(4096)
      try guest.ram.memory.write(GetDisplayInfo().request(), at: page)
      guard
        guest.driver.control.submit(
          readable: [.init(address: page, length: 24)], writable: [.init(address: page + 1024, length: 408)]) != nil
      else { throw DriverError.queueFull }
      _ = try guest.connection.frontEnd.askNumber(.getFeatures)
      try expect(guest.driver.control.collect() == nil, "no response while the queue is stopped", seen: "one")
      try guest.link.resume(control: guest.driver.control, cursor: guest.driver.cursor)
      guest.link.kick(0)
      _ = try guest.driver.finish(guest.driver.control, 0)
    },
    ConformanceCase(
      .lifecycle, "reset-releases-resources", "After a reset no resource of before is there", source: RuleSource.reset
    ) { guest in
      for _ in 0..<3 {
        try guest.send(ResourceCreate2D(resourceID: 1, format: 1, width: 64, height: 48))
        try guest.reset()
      }
    },
    ConformanceCase(
      .lifecycle, "reset-switches-scanouts-off", "A reset switches the scanouts off", source: RuleSource.reset
    ) { guest in
      _ = try guest.setStage()
      try guest.reset()
      try guest.display.expectOff(0)
    },
    ConformanceCase(
      .lifecycle, "reset-with-pending-requests", "A reset with requests under way is survived",
      source: RuleSource.reset
    ) { guest in
      let page = try guest.ram.allocate(4096)
      try guest.ram.memory.write(GetDisplayInfo().request(fenceID: 3), at: page)
      // As often as it takes for a reset to come while a request waits.
      for _ in 0..<100 {
        for index in UInt64(0)..<8 {
          _ = guest.driver.control.submit(
            readable: [.init(address: page, length: 24)],
            writable: [.init(address: page + 64 + 480 * index, length: 408)])
        }
        guest.link.kick(0)
        try guest.reset()
      }
      try guest.send(GetDisplayInfo())
    },
    ConformanceCase(
      .lifecycle, "reboot", "A guest that reboots draws again: QEMU sends another display socket",
      source: RuleSource.qemuFrontEnd
    ) { guest in
      for _ in 0..<3 {
        let frame = try guest.framebuffer()
        try frame.show(on: 0)
        try frame.flush()
        try guest.expectShown(frame)
        guest.display.close()
        try guest.link.reset()
        try guest.attachDisplay()
        try guest.restart()
      }
      try guest.provesNextFrame()
    },
    ConformanceCase(
      .lifecycle, "memory-table-while-running", "A memory table that comes while resources have backings keeps them",
      source: RuleSource.vhostUser
    ) { guest in
      let frame = try guest.setStage()
      try guest.link.pause()
      try GuestBench.share(guest.ram, over: guest.connection.frontEnd)
      try guest.link.resume(control: guest.driver.control, cursor: guest.driver.cursor)
      frame.surface.drawBlocks(55)
      try frame.flush()
      try guest.expectShown(frame)
    },
    .connection(
      .lifecycle, "ends-with-its-connection", "A program that was given its socket ends when the socket is closed",
      source: RuleSource.backEndProgram, mayEnd: true
    ) { bench in
      guard bench.connection.process != nil, !bench.canReconnect else {
        throw CaseStop.skipped("the back end is no program that was given its socket")
      }
      _ = try GuestBench(bench)
      bench.connection.socket.shutdown()
      let limit = Int32(bench.deadline.duration(to: .now) / .milliseconds(-1))
      guard bench.connection.ending(withinMilliseconds: max(0, limit)) != nil else {
        throw CaseStop.hung("the process to end")
      }
    },
    .connection(
      .lifecycle, "reconnect", "A back end that listens serves the next connection after the first",
      source: RuleSource.backEndProgram
    ) { bench in
      guard bench.canReconnect else { throw CaseStop.skipped("the back end was given its only connection") }
      _ = try GuestBench(bench).setStage()
      bench.connection.socket.shutdown()
      for _ in 0..<3 {
        let frontEnd = try bench.reconnect()
        try frontEnd.negotiate(features: ConnectionBench.wanted)
        try GuestBench.share(GuestRAM(count: 1 << 20), over: frontEnd)
      }
    },
  ]
}

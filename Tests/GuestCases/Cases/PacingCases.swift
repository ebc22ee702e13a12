internal import Display
internal import GuestDriver
internal import ScanoutTesting
internal import VirtioGPU

/// Flushes that wait for the tick of their scanout.
extension GuestCase {
  static let pacingCases: [GuestCase] = [
    GuestCase(
      "a flush is responded to with the tick of its scanout", .resourceFlush,
      on: .with { $0.pace = .millihertz(200_000) }
    ) { guest in
      let frame = try guest.setStage()
      let all = Rectangle(frame.surface.size)
      for tick in UInt64(1)...3 {
        try guest.submit(ResourceFlush(rectangle: all, resourceID: 1).request(fenceID: tick))
        try expect(guest.replies(1)[0].header.fenceID, tick, "the fence")
        try expect(guest.recorder.takeWithTicks(), [.damage(0, all), .vsync(0, tick)], "what is shown")
      }
    },
    GuestCase(
      "flushes before a tick are one tick's frame", .resourceFlush, on: .with { $0.pace = .millihertz(10_000) }
    ) { guest in
      try guest.setStage()
      let pixel = Rectangle(x: 1, y: 1, width: 1, height: 1)
      for fence in UInt64(1)...3 {
        try guest.submit(ResourceFlush(rectangle: pixel, resourceID: 1).request(fenceID: fence))
      }
      try expect(guest.replies(3).map(\.header.fenceID), [1, 2, 3], "the order")
      let ticks = guest.recorder.takeWithTicks().filter { if case .vsync = $0 { true } else { false } }
      try expect(ticks.count < 3, "there are fewer ticks than flushes")
    },
    GuestCase(
      "a reset while a flush waits for its tick responds to nothing", .resourceFlush,
      on: .with { $0.pace = .millihertz(10_000) }
    ) { guest in
      try guest.setStage()
      try guest.submit(
        ResourceFlush(rectangle: Rectangle(x: 1, y: 1, width: 1, height: 1), resourceID: 1).request(fenceID: 1))
      try guest.host.onDevice { _ in }
      try guest.reset()
      try guest.host.pass(110_000_000)
      try guest.provesAbandoned()
    },
    GuestCase(
      "a queue that stops responds to its flushes, and to nothing later", .resourceFlush,
      on: .with {
        $0.pace = .millihertz(10_000)
        $0.needsSocket = true
      }
    ) { guest in
      try guest.setStage()
      try guest.submit(
        ResourceFlush(rectangle: Rectangle(x: 1, y: 1, width: 1, height: 1), resourceID: 1).request(fenceID: 1))
      try guest.host.onDevice { _ in }
      try expect(guest.host.pause(), "queues can be stopped")
      try expect(guest.repliesSoFar().map(\.header.fenceID), [1], "what is responded to")
      try expect(guest.usage().pendingCommands, 0, "the number of requests in flight")
      try guest.host.pass(110_000_000)
      try expect(guest.repliesSoFar().count, 0, "the number of responses afterwards")
      try guest.host.resume(guest.driver)
    },
  ]
}

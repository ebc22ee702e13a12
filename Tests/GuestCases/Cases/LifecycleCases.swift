internal import Display
internal import GuestDriver
internal import ScanoutTesting
internal import VirtioGPU
internal import Wire

/// Reset in every state, features, and the configuration space.
extension GuestCase {
  static let lifecycleCases: [GuestCase] = [
    GuestCase("a reset before anything happened works", nil) { guest in
      for _ in 0..<10 { try guest.reset() }
    },
    GuestCase("a reset turns everything off, and the guest starts anew", nil, on: .region) { guest in
      for _ in 0..<5 {
        try guest.setStage()
        try guest.setContext()
        try guest.makeBlob(7, .host3D)
        try guest.makeBlob(8, .guest)
        try guest.send(ResourceMapBlob(resourceID: 7, offset: 0))
        try guest.attachPages(to: 5)
        try guest.attachPages(to: 8)
        try guest.point(
          UpdateCursor(CursorFields(scanout: 1, position: .zero, resourceID: 2)))
        try expect(guest.recorder.lights, 2, "the number of lit scanouts and cursors")
        try guest.reset()
        try expect(guest.recorder.take().suffix(2), [.off(0), .cursor(1, nil, hotSpot: nil)], "what is shown last")
        try expect(guest.usage(), Usage(), "what the device holds")
        try expect(guest.code(ResourceUnref(resourceID: 1)), .invalidResourceID, "a resource of before")
      }
    },
    GuestCase("ticks begin anew after a reset", .resourceFlush) { guest in
      for _ in 0..<2 {
        let frame = try guest.setStage()
        try frame.flush()
        try expect(guest.passUntilTick().last, .vsync(0, 1), "the tick")
        try guest.reset()
      }
    },
    GuestCase("a reset forgets events that are pending, and keeps the outputs", .getDisplayInfo) { guest in
      try guest.host.onDevice { _ = $0.setOutput(Output(size: Size(width: 100, height: 80)), of: 0) }
      try guest.reset()
      try expect(guest.driver.takeEvents(), 0, "the events that are pending")
      try expect(guest.driver.displayInfo()[0].size, Size(width: 100, height: 80), "the size of the output")
    },
    GuestCase("writes anywhere else than to events_clear change nothing", nil) { guest in
      try guest.host.onDevice { _ = $0.setOutput(Output(size: Size(width: 100, height: 80)), of: 0) }
      let before = try guest.host.link.configuration(count: 20)
      for offset in [0, 8, 12, 16] {
        try guest.host.link.writeConfiguration([0xff, 0xff, 0xff, 0xff], at: offset)
        try expect(guest.host.link.configuration(count: 20), before, "the space after a write at \(offset)")
      }
      try guest.host.link.writeConfiguration([0xfe, 0xff], at: 4)
      try expect(guest.host.link.configuration(count: 20), before, "the space after clearing what is not set")
    },
    GuestCase("parts of the configuration space are read", nil) { guest in
      let all = try guest.host.link.configuration(count: 20)
      for count in [1, 3, 4, 15, 16, 19] {
        try expect(guest.host.link.configuration(count: count), Array(all.prefix(count)), "\(count) bytes of it")
      }
      try expect(all, [0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0], "all of it")
    },
    GuestCase("a whole write of the space clears events byte by byte", nil) { guest in
      try guest.host.onDevice { _ = $0.setOutput(Output(size: Size(width: 100, height: 80)), of: 0) }
      try guest.host.link.writeConfiguration([9, 9, 9, 9, 1, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9], at: 0)
      try expect(guest.host.link.configuration(count: 4), [0, 0, 0, 0], "the events")
    },
    GuestCase("a driver that chooses its features again gets what it chose", .getEDID) { guest in
      try guest.host.onDevice { $0.acknowledge(features: 1 << 32) }
      try expect(guest.code(GetEDID(scanout: 0)), .unspecified, "the response without the feature")
      try guest.host.onDevice { $0.acknowledge(features: .max) }
      try expect(guest.code(GetEDID(scanout: 0)), .okEDID, "the response with it")
      try expect(guest.code(ContextCreate(), context: 1), .unspecified, "a feature that was not offered")
    },
    GuestCase("features that go away while their objects live leave what can be destroyed", .resourceUnref, on: .region)
    {
      guest in
      try guest.setContext()
      try guest.makeBlob(7, .host3D)
      try guest.send(ResourceMapBlob(resourceID: 7, offset: 0))
      try guest.host.onDevice { $0.acknowledge(features: 1 << 32) }
      try expect(guest.code(ContextDestroy(), context: 1), .unspecified, "a command of the feature")
      for id in [UInt32(5), 6, 7] { try guest.send(ResourceUnref(resourceID: id)) }
      try expect(guest.usage().resources, 0, "the number of resources")
      try expect(guest.usage().mappedBlobs, 0, "the number of mapped blobs")
    },
    GuestCase(
      "queues that stop and go on lose nothing", nil, on: .with { $0.needsSocket = true }
    ) { guest in
      let frame = try guest.setStage()
      for _ in 0..<20 {
        _ = try guest.host.pause()
        try guest.host.resume(guest.driver)
        try frame.flush()
        try expect(guest.recorder.take(), [.damage(0, Rectangle(frame.surface.size))], "what is shown")
      }
    },
  ]
}

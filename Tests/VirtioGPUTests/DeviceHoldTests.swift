import Display
import GuestDriver
import Testing
import VirtioGPU
import Virtqueue

@Suite("Held frames")
struct DeviceHoldTests {
  @Test("a held flush is responded to when the sink lets go, and no request is accepted before")
  func held() throws {
    let held = try HeldGuest()
    #expect(held.guest.device.acceptsRequests(on: 0) && held.guest.device.acceptsRequests(on: 1))
    held.guest.flush(fence: 1)
    #expect(held.guest.responded.isEmpty)
    #expect(!held.guest.device.acceptsRequests(on: 0) && !held.guest.device.acceptsRequests(on: 1))
    var isAccepting = false
    held.guest.device.onAcceptingRequests = { isAccepting = true }
    held.sink.hold = nil
    try held.guest.device.display.serve()
    #expect(held.guest.responded == [1])
    #expect(isAccepting && held.guest.device.acceptsRequests(on: 0) && held.guest.device.acceptsRequests(on: 1))
  }

  @Test("a held flush that waits for a tick is responded to after both")
  func paced() throws {
    let held = try HeldGuest(pace: .millihertz(60_000))
    held.guest.flush(fence: 1)
    held.guest.now = 1_000_000_000
    try held.guest.device.advance()
    #expect(held.guest.responded.isEmpty)
    held.sink.hold = nil
    try held.guest.device.display.serve()
    #expect(held.guest.responded == [1])
  }

  @Test("a queue that stops and a change of memory end a held flush for the guest", arguments: [true, false])
  func ended(byQueue: Bool) throws {
    let held = try HeldGuest()
    held.guest.flush(fence: 1)
    if byQueue {
      try held.guest.device.controlQueueStopped()
    } else {
      try held.guest.device.memoryChanged(.none)
    }
    #expect(held.guest.responded == [1])
    #expect(!held.guest.device.acceptsRequests(on: 0))
  }

  @Test("a reset forgets a held flush")
  func reset() throws {
    let held = try HeldGuest()
    held.guest.flush(fence: 1)
    try held.guest.device.reset()
    held.sink.hold = nil
    try held.guest.device.display.serve()
    #expect(held.guest.responded.isEmpty)
    #expect(held.guest.device.usage == Usage())
  }

  @Test("the time limit of fences does not complete a held flush")
  func fencePatience() throws {
    let held = try HeldGuest()
    held.guest.submit(fence: 1)
    held.guest.flush(fence: 2)
    held.guest.now = held.guest.quota.fencePatience
    try held.guest.device.advance()
    #expect(held.guest.responded == [1])
    held.sink.hold = nil
    try held.guest.device.display.serve()
    #expect(held.guest.responded == [1, 2])
  }
}

/// A guest whose frames a sink holds.
private struct HeldGuest {
  let guest: FencedGuest
  let sink = FrameHoldingSink()

  init(pace: Pace = .immediate) throws {
    guest = try FencedGuest(pace: pace)
    try guest.device.display.add(sink, named: "holding", policy: .required)
  }
}

/// A sink that holds its source with every frame.
final class FrameHoldingSink: DisplaySink {
  var hold: FrameHold?
  private weak var source: DisplaySource?

  func join(_ source: DisplaySource) {
    self.source = source
  }

  func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) {
    if case .frame = event { hold = source?.hold() }
  }

  func finish() {}
}

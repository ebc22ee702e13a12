import Display
import GuestDriver
import Testing
import Virtio
import VirtioInput
import Virtqueue

@Suite("Input devices")
struct InputDeviceTests {
  private let a = KeyCode(rawValue: 30)
  private let b = KeyCode(rawValue: 48)
  private let left = PointerButton.left.code

  @Test("a key that is pressed and released is two events and two reports, and the driver is notified of them")
  func key() throws {
    let bench = try InputBench(.keyboard)
    #expect(bench.device.isListening)
    _ = bench.notifications()
    #expect(bench.device.send(.press(a)) == .taken)
    #expect(bench.notifications() == 1)
    #expect(try bench.take() == [.key(30, 1), .report])
    #expect(bench.device.send(.release(a)) == .taken)
    #expect(try bench.take() == [.key(30, 0), .report])
  }

  @Test("repetitions of the host, and releases of what is not pressed, are no events")
  func unchanged() throws {
    let bench = try InputBench(.keyboard)
    bench.device.send(.press(a))
    #expect(bench.device.send(.press(a)) == .unchanged)
    #expect(bench.device.send(.release(b)) == .unchanged)
    #expect(try bench.take() == [.key(30, 1), .report])
  }

  @Test("a device refuses what it does not have")
  func unsupported() throws {
    let keyboard = try InputBench(.keyboard)
    let touch = try InputBench(.touch)
    let point = DesktopPoint(x: 1, y: 1)
    for action: InputAction in [
      .press(left), .release(KeyCode(rawValue: 240)), .position(point), .motion(x: 1, y: 0),
      .wheel(vertical: 120, horizontal: 0), .touchDown(slot: 0, point),
    ] { #expect(keyboard.device.send(action) == .unsupported) }
    for slot in [-1, 10, .max] {
      #expect(touch.device.send(.touchDown(slot: slot, point)) == .unsupported)
      #expect(touch.device.send(.touchMove(slot: slot, point)) == .unsupported)
      #expect(touch.device.send(.touchUp(slot: slot)) == .unsupported)
    }
    #expect(touch.device.send(.press(KeyCode(rawValue: 0x14a))) == .unsupported)
    #expect(try keyboard.take().isEmpty && touch.take().isEmpty)
  }

  @Test("a tablet sends positions, buttons and wheels: whole notches, and the exact way")
  func tablet() throws {
    let bench = try InputBench(.tablet)
    bench.device.send(.position(DesktopPoint(x: 7, y: 9)))
    bench.device.send(.press(left))
    bench.device.send(.wheel(vertical: -120, horizontal: 0))
    #expect(
      try bench.take() == [
        .absolute(0, 7), .absolute(1, 9), .report, .key(0x110, 1), .report, .relative(8, -1), .relative(0xb, -120),
        .report,
      ])
    // Fractions of a notch add up, and start again in the other direction.
    for way in [50, 50, 50, -50, -70] as [Int32] { bench.device.send(.wheel(vertical: 0, horizontal: way)) }
    #expect(
      try bench.take() == [
        .relative(0xc, 50), .report, .relative(0xc, 50), .report, .relative(6, 1), .relative(0xc, 50), .report,
        .relative(0xc, -50), .report, .relative(6, -1), .relative(0xc, -70), .report,
      ])
    #expect(bench.device.send(.motion(x: 1, y: 1)) == .unsupported)
  }

  @Test("fingers have slots and tracking ids, and the one that has touched longest is the pointer")
  func touch() throws {
    let bench = try InputBench(.touch)
    bench.device.send(.touchDown(slot: 0, DesktopPoint(x: 1, y: 2)))
    bench.device.send(.touchDown(slot: 3, DesktopPoint(x: 3, y: 4)))
    #expect(
      try bench.take() == [
        .absolute(0x2f, 0), .absolute(0x39, 0), .absolute(0x35, 1), .absolute(0x36, 2), .key(0x14a, 1), .absolute(0, 1),
        .absolute(1, 2), .report, .absolute(0x2f, 3), .absolute(0x39, 1), .absolute(0x35, 3), .absolute(0x36, 4),
        .report,
      ])
    bench.device.send(.touchMove(slot: 3, DesktopPoint(x: 5, y: 6)))
    bench.device.send(.touchUp(slot: 0))
    // A finger that is down goes nowhere but where it moved to.
    bench.device.send(.touchDown(slot: 3, DesktopPoint(x: 7, y: 8)))
    bench.device.send(.touchUp(slot: 3))
    #expect(
      try bench.take() == [
        .absolute(0x2f, 3), .absolute(0x35, 5), .absolute(0x36, 6), .report, .absolute(0x2f, 0), .absolute(0x39, -1),
        .report, .absolute(0x2f, 3), .absolute(0x35, 7), .absolute(0x36, 8), .absolute(0, 7), .absolute(1, 8), .report,
        .absolute(0x2f, 3), .absolute(0x39, -1), .key(0x14a, 0), .report,
      ])
    #expect(bench.device.send(.touchMove(slot: 3, DesktopPoint(x: 5, y: 6))) == .unchanged)
    #expect(bench.device.send(.touchUp(slot: 3)) == .unchanged)
  }

  @Test("LEDs that the guest lights are reported, and its buffers come back; other types mean nothing")
  func leds() throws {
    let bench = try InputBench(.keyboard)
    var seen: [KeyboardLEDs] = []
    bench.device.onLEDs = { seen.append($0) }
    try bench.send(status: [0x11, 0, 1, 0, 1, 0, 0, 0])
    try bench.send(status: [0x11, 0, 0, 0, 1, 0, 0, 0])
    try bench.send(status: [0x14, 0, 0, 0, 250, 0, 0, 0])
    try bench.send(status: [0x11, 0, 9, 0, 1, 0, 0, 0])
    for _ in 0..<4 { #expect(bench.status.collect() != nil) }
    try bench.send(status: [0x11, 0, 1, 0, 0, 0, 0, 0])
    #expect(seen == [.capsLock, [.capsLock, .numLock], .numLock])
    #expect(bench.device.leds == .numLock)
    bench.device.reset {}
    #expect(seen.last == [])
  }

  // MARK: - Buffers

  @Test("buffers stay in the ring until there is an event, so that a guest that stops and continues loses none")
  func buffersStay() throws {
    let bench = try InputBench(.keyboard, buffers: 4)
    #expect(bench.services[0].isHeld)
    bench.device.queueStopped(0)
    bench.services[0].stop()
    // What stands in the ring's index is what the front end is told, and where it goes on.
    #expect(bench.services[0].base == 0)
    #expect(!bench.device.isListening)
    try bench.services[0].run(bench.events.layout, memory: bench.ram.memory, features: VirtqueueFeatures())
    try bench.serve()
    bench.device.send(.press(a))
    bench.device.send(.release(a))
    #expect(try bench.take(refills: false) == [.key(30, 1), .report, .key(30, 0), .report])
  }

  @Test("a batch that is longer than the ring arrives in parts, each of which the driver is notified of")
  func smallRing() throws {
    let bench = try InputBench(.touch, buffers: 4)
    _ = bench.notifications()
    bench.device.send(.touchDown(slot: 0, DesktopPoint(x: 1, y: 2)))
    #expect(bench.notifications() == 1)
    #expect(try bench.take(refills: false).count == 4)
    bench.refill()
    try bench.serve()
    #expect(bench.notifications() == 1)
    #expect(try bench.take(refills: false) == [.key(0x14a, 1), .absolute(0, 1), .absolute(1, 2), .report])
  }

  @Test("events are written where the memory is now")
  func movedMemory() throws {
    let bench = try InputBench(.keyboard)
    let other = try GuestRAM(count: 1 << 20)
    // The same contents at the same addresses, in another file.
    try other.memory.write(bench.ram.memory.read(at: GuestRAM.guestBase, count: 1 << 20), at: GuestRAM.guestBase)
    bench.services[0].pause()
    try bench.services[0].run(bench.events.layout, memory: other.memory, features: VirtqueueFeatures())
    bench.device.send(.press(a))
    #expect(try bench.take(refills: false).isEmpty)
    let used = bench.events.layout.usedRing
    #expect(try other.memory.read(at: used + 2, count: 2) == [2, 0])
    #expect(try bench.ram.memory.read(at: used + 2, count: 2) == [0, 0])
  }

  @Test("buffers that make no sense come back without an event, which the next buffer gets")
  func malformed() throws {
    let bench = try InputBench(.keyboard, buffers: 8)
    bench.device.send(.press(a))
    for _ in 0..<3 { bench.device.send(.release(a)); bench.device.send(.press(a)) }
    #expect(try bench.take(refills: false).count == 8)
    let place = try bench.ram.allocate(64)
    let queue = bench.events
    // Too short; only to be read; in two parts; not in memory; a loop.
    _ = queue.submit(readable: [], writable: [.init(address: place, length: 7)])
    _ = queue.submit(readable: [.init(address: place, length: 8)], writable: [])
    _ = queue.submit(readable: [], writable: [.init(address: 0x10, length: 8)])
    _ = queue.submit(
      readable: [], writable: [.init(address: place, length: 3), .init(address: place + 16, length: 5)])
    queue.writeDescriptor(.init(address: place, length: 8, flags: 3, next: 0), at: 0)
    queue.publish(head: 0)
    try bench.serve()
    #expect(bench.refusals.count == 3 && bench.malformed.count == 1, "\(bench.refusals) \(bench.malformed)")
    #expect((0..<5).compactMap { _ in queue.collect() }.map(\.written) == [0, 0, 0, 8, 0])
    #expect(try bench.ram.memory.read(at: place, count: 3) == [1, 0, 30])
    for bytes in [[], [0x11], [0x11, 0, 0, 0, 1, 0, 0]] as [[UInt8]] { try bench.send(status: bytes) }
    #expect(bench.refusals.count == 6 || bench.refusals.count == 5)
    #expect(bench.device.leds == [])
  }

  // MARK: - A guest that does not take events

  @Test("motion that the guest has not taken is merged, and the newest position wins")
  func mergedMotion() throws {
    let tablet = try InputBench(.tablet, buffers: 2)
    for x in 0..<1000 as Range<Int32> { tablet.device.send(.position(DesktopPoint(x: x, y: 5))) }
    #expect(tablet.device.waitingCount <= 2)
    #expect(try tablet.take().suffix(3) == [.absolute(0, 999), .absolute(1, 5), .report])

    let mouse = try InputBench(.mouse, buffers: 2)
    for _ in 0..<1000 { mouse.device.send(.motion(x: 1, y: -2)) }
    let seen = try mouse.take()
    #expect(seen.filter { $0.type == 2 && $0.code == 0 }.reduce(0) { $0 + $1.value } == 1000)
    #expect(seen.filter { $0.type == 2 && $0.code == 1 }.reduce(0) { $0 + $1.value } == -2000)
    for _ in 0..<9 { mouse.device.send(.motion(x: .max, y: .min)) }
    #expect(try mouse.take().filter { $0.code == 0 && $0.type == 2 }.allSatisfy { $0.value > 0 })
  }

  @Test("a position before a press stays before it, however many come later")
  func orderKept() throws {
    let bench = try InputBench(.tablet, buffers: 2)
    bench.device.send(.position(DesktopPoint(x: 1, y: 1)))
    for index in 2..<6 as Range<Int32> {
      bench.device.send(.position(DesktopPoint(x: index * 10, y: index)))
      bench.device.send(index % 2 == 0 ? .press(left) : .release(left))
    }
    let clicks = try bench.take().filter { $0 != .report && !($0.type == 3 && $0.code == 1) }
    #expect(
      clicks == [
        .absolute(0, 1), .absolute(0, 20), .key(0x110, 1), .absolute(0, 30), .key(0x110, 0), .absolute(0, 40),
        .key(0x110, 1), .absolute(0, 50), .key(0x110, 0),
      ])
  }

  @Test("no release is lost: beyond the bound, presses are refused together with their releases")
  func bound() throws {
    let bench = try InputBench(.keyboard, buffers: 4)
    var taken = 0
    for index in 0..<5000 {
      let key = KeyCode.allNamed[index % 200]
      let isTaken = bench.device.send(.press(key)) == .taken
      if isTaken { taken += 1 }
      #expect(bench.device.send(.release(key)) == (isTaken ? .taken : .unchanged))
    }
    #expect(taken < 5000 && taken >= 127)
    #expect(bench.device.waitingCount <= 260)
    let seen = try bench.take()
    var down: Set<UInt16> = []
    var presses = 0
    for event in seen where event.type == 1 {
      if event.value == 1 {
        #expect(down.insert(event.code).inserted)
        presses += 1
      } else {
        #expect(down.remove(event.code) != nil)
      }
    }
    #expect(down.isEmpty && presses == taken)
    // There is room again.
    #expect(bench.device.send(.press(a)) == .taken)
  }

  @Test("every key that is down can be released when nothing more is taken")
  func boundWithKeysDown() throws {
    let bench = try InputBench(.keyboard, buffers: 4)
    let keys = KeyCode.allNamed
    for key in keys { bench.device.send(.press(key)) }
    for _ in 0..<3 { for key in keys { bench.device.send(.release(key)); bench.device.send(.press(key)) } }
    bench.device.releaseAll()
    #expect(bench.device.waitingCount <= 256 + keys.count)
    var down: Set<UInt16> = []
    for event in try bench.take() where event.type == 1 {
      if event.value == 1 { down.insert(event.code) } else { down.remove(event.code) }
    }
    #expect(down.isEmpty)
  }

  @Test("motion between presses is bounded too, and its newest position arrives")
  func boundedMotion() throws {
    let bench = try InputBench(.tablet, buffers: 4)
    for index in 0..<3000 as Range<Int32> {
      bench.device.send(.position(DesktopPoint(x: index, y: index)))
      bench.device.send(.wheel(vertical: 120, horizontal: 0))
      bench.device.send(.press(left))
      bench.device.send(.release(left))
    }
    #expect(bench.device.waitingCount <= 2 * (256 + 5) + 2)
    let seen = try bench.take()
    #expect(seen.last { $0.type == 3 && $0.code == 0 } == .absolute(0, 2999))
    #expect(seen.filter { $0.type == 2 && $0.code == 0xb }.reduce(0) { $0 + $1.value } == 3000 * 120)
    #expect(seen.filter { $0 == .key(0x110, 1) }.count == seen.filter { $0 == .key(0x110, 0) }.count)
  }

  // MARK: - A guest that comes and goes

  @Test("without a driver nothing waits for one, and the caller is told")
  func noDriver() throws {
    let device = InputDevice(.keyboard)
    #expect(!device.isListening)
    #expect(device.send(.press(a)) == .noDriver)
    #expect(device.send(.release(a)) == .unchanged)
    #expect(device.waitingCount == 0)
    #expect(InputDevice(.tablet).send(.position(DesktopPoint(x: 0, y: 0))) == .noDriver)
  }

  @Test("what was down before a reset is released for the driver that listens next")
  func reset() throws {
    let bench = try InputBench(.keyboard)
    bench.device.send(.press(a))
    bench.device.send(.press(b))
    _ = try bench.take()
    var listens: [Bool] = []
    bench.device.onListening = { listens.append($0) }
    for service in bench.services { service.stop() }
    bench.device.reset {}
    #expect(!bench.device.isListening && !bench.device.isPressed(a))
    #expect(bench.device.send(.release(a)) == .unchanged)
    try bench.start()
    #expect(try bench.take() == [.key(30, 0), .report, .key(48, 0), .report])
    #expect(listens == [false, true])
    // Once.
    for service in bench.services { service.stop() }
    bench.device.reset {}
    try bench.start()
    #expect(try bench.take().isEmpty)
  }

  @Test("fingers that touched before a reset touch no more")
  func resetTouch() throws {
    let bench = try InputBench(.touch)
    for slot in [2, 5] { bench.device.send(.touchDown(slot: slot, DesktopPoint(x: 1, y: 1))) }
    _ = try bench.take()
    for service in bench.services { service.stop() }
    bench.device.reset {}
    try bench.start()
    #expect(
      try bench.take() == [
        .absolute(0x2f, 2), .absolute(0x39, -1), .report, .absolute(0x2f, 5), .absolute(0x39, -1), .key(0x14a, 0),
        .report,
      ])
  }

  @Test("a key that comes up while the guest is stopped is released when it goes on")
  func releasedWhileStopped() throws {
    let bench = try InputBench(.keyboard)
    bench.device.send(.press(a))
    _ = try bench.take()
    bench.device.queueStopped(0)
    bench.services[0].stop()
    #expect(bench.device.send(.press(b)) == .noDriver)
    #expect(bench.device.send(.release(a)) == .taken)
    try bench.start()
    #expect(try bench.take() == [.key(30, 0), .report])
  }

  @Test("releasing all releases keys, buttons and fingers, each once")
  func releaseAll() throws {
    let bench = try InputBench(.tablet)
    for button in PointerButton.allCases { bench.device.send(.press(button.code)) }
    _ = try bench.take()
    bench.device.releaseAll()
    bench.device.releaseAll()
    #expect(try bench.take().filter { $0.type == 1 } == PointerButton.allCases.map { .key($0.code.rawValue, 0) })
  }

  @Test("the owner learns when the guest has taken everything")
  func delivered() throws {
    let bench = try InputBench(.keyboard, buffers: 2)
    var count = 0
    bench.device.onDelivered = { count += 1 }
    bench.device.send(.press(a))
    #expect(count == 1)
    bench.device.send(.release(a))
    #expect(count == 1 && bench.device.waitingCount == 1)
    _ = try bench.take()
    #expect(count == 2 && bench.device.waitingCount == 0)
  }
}

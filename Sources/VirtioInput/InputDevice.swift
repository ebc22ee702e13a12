public import Display
internal import Virtqueue
internal import Wire
public import Virtio

/// A virtio-input device: a keyboard, a tablet, a mouse or a touch screen.
///
/// ``send(_:)`` queues what the user did. Buffers of the driver stay in its ring until there is an event for them, so the
/// memory of the guest is looked up for each event, and a guest that is stopped and continued loses no buffer. The driver is
/// notified once of all events of a turn: at most once of each batch that ends with a report.
///
/// It has no socket and no thread: everything is called on the transport's thread.
public final class InputDevice {
  /// The queues of an input device, by their index.
  private enum Queue {
    static let events = 0
    static let status = 1
  }

  /// The kind of device.
  public let kind: InputDeviceKind
  /// True while a driver takes events.
  public private(set) var isListening = false
  /// The LEDs that the guest has lit.
  public private(set) var leds: KeyboardLEDs = [] {
    didSet { if leds != oldValue { onLEDs(leds) } }
  }
  /// How many batches of events the guest has not taken.
  public var waitingCount: Int { backlog.count }

  /// Called when the guest has taken every event that was queued.
  public var onDelivered: () -> Void = {}
  /// Called when ``isListening`` has changed.
  public var onListening: (Bool) -> Void = { _ in }
  /// Called when the guest has lit other LEDs.
  public var onLEDs: (KeyboardLEDs) -> Void = { _ in }
  /// Called with a sentence for each buffer that was given back because it makes no sense.
  public var onRefusal: (String) -> Void = { _ in }
  /// Set by the transport.
  public var onAcceptingRequests: () -> Void = {}

  private let keys: Set<UInt16>
  private var space: InputConfiguration
  private var backlog = InputBacklog()
  /// The keys and buttons that are down when the guest has taken everything that waits.
  private var pressed: Set<KeyCode> = []
  private var touches = TouchState()
  /// What a guest may believe to be down since before the last reset.
  private var stale: (keys: Set<KeyCode>, slots: Set<Int>) = ([], [])

  /// Makes a device. `serial` tells several of one kind apart.
  public init(_ kind: InputDeviceKind, serial: String = "0") {
    let capabilities = InputCapabilities(kind)
    self.kind = kind
    keys = Set(capabilities.codes[EventType.key] ?? [])
    space = InputConfiguration(capabilities, serial: serial)
  }

  // MARK: - The user's side

  /// Queues an action for the guest.
  @discardableResult
  public func send(_ action: InputAction) -> InputOutcome {
    let wasEmpty = backlog.isEmpty
    let outcome = queue(action)
    if wasEmpty, !backlog.isEmpty { onAcceptingRequests() }
    return outcome
  }

  /// Releases every key, button and finger.
  public func releaseAll() {
    for key in pressed.sorted(by: { $0.rawValue < $1.rawValue }) { send(.release(key)) }
    for slot in touches.slots { send(.touchUp(slot: slot)) }
  }

  /// True while a key or a button is down.
  public func isPressed(_ key: KeyCode) -> Bool { pressed.contains(key) }

  private func queue(_ action: InputAction) -> InputOutcome {
    switch action {
    case .press(let key):
      guard keys.contains(key.rawValue), kind != .touch else { return .unsupported }
      guard !pressed.contains(key) else { return .unchanged }
      if let obstacle = obstacle(forPress: true) { return obstacle }
      pressed.insert(key)
      add(key, 1)
    case .release(let key):
      guard keys.contains(key.rawValue), kind != .touch else { return .unsupported }
      // The guest believes it to be down: it is released also when no driver listens or nothing more is taken.
      guard pressed.remove(key) != nil else { return .unchanged }
      add(key, 0)
    case .position(let point):
      guard kind == .tablet else { return .unsupported }
      return add(Motion(position: point))
    case .motion(let x, let y):
      guard kind == .mouse else { return .unsupported }
      guard x != 0 || y != 0 else { return .unchanged }
      return add(Motion(x: x, y: y))
    case .wheel(let vertical, let horizontal):
      guard kind == .tablet || kind == .mouse else { return .unsupported }
      guard vertical != 0 || horizontal != 0 else { return .unchanged }
      return add(Motion(vertical: vertical, horizontal: horizontal))
    case .touchDown(let slot, let point):
      guard kind == .touch, (0...InputEvent.maximumSlot).contains(slot) else { return .unsupported }
      guard !touches.isDown(slot) else { return move(slot, to: point) }
      if let obstacle = obstacle(forPress: true) { return obstacle }
      backlog.add(touches.down(slot, at: point))
    case .touchMove(let slot, let point):
      guard kind == .touch, (0...InputEvent.maximumSlot).contains(slot) else { return .unsupported }
      return move(slot, to: point)
    case .touchUp(let slot):
      guard kind == .touch, (0...InputEvent.maximumSlot).contains(slot) else { return .unsupported }
      guard touches.isDown(slot) else { return .unchanged }
      backlog.add(touches.up(slot))
    }
    return .taken
  }

  private func obstacle(forPress isPress: Bool) -> InputOutcome? {
    guard isListening else { return .noDriver }
    return isPress && backlog.isFull ? .full : nil
  }

  private func add(_ key: KeyCode, _ value: Int32) {
    backlog.add([WireEvent(type: EventType.key, code: key.rawValue, value: value), .report])
  }

  private func add(_ motion: Motion) -> InputOutcome {
    if let obstacle = obstacle(forPress: false) { return obstacle }
    backlog.add(motion)
    return .taken
  }

  private func move(_ slot: Int, to point: DesktopPoint) -> InputOutcome {
    guard touches.isDown(slot) else { return .unchanged }
    if let obstacle = obstacle(forPress: false) { return obstacle }
    backlog.add(slot, at: point, isPrimary: touches.primary == slot)
    return .taken
  }

  // MARK: - The guest's side

  private func setListening(_ listens: Bool) {
    guard listens != isListening else { return }
    isListening = listens
    if listens {
      // A guest that was paused by a reset believes what it was told before; to any other these say nothing new.
      let (keys, slots) = stale
      stale = ([], [])
      for key in keys.sorted(by: { $0.rawValue < $1.rawValue }) { add(key, 0) }
      for slot in slots.sorted() { backlog.add(TouchState.release(slot, isLast: slot == slots.max())) }
    }
    onListening(listens)
  }

  private func refuse(_ request: VirtioRequest, _ reason: String) {
    onRefusal("\(kind.rawValue): \(reason)")
    request.complete(written: 0)
  }

  private func fill(_ request: VirtioRequest) {
    guard let event = backlog.next() else { return request.complete(written: 0) }
    let room = request.chain.writable.reduce(UInt64(0)) { $0 + UInt64($1.length) }
    guard room >= UInt64(WireEvent.size) else {
      return refuse(request, "an event has \(WireEvent.size) bytes, and a buffer has room for \(room)")
    }
    do {
      let written = try request.chain.write(event.bytes)
      backlog.removeNext()
      request.complete(written: written)
    } catch {
      return refuse(request, "a buffer for an event is not in memory: \(error)")
    }
    if backlog.next() == nil { onDelivered() }
  }

  private func takeStatus(_ request: VirtioRequest) {
    do {
      var reader = ByteReader(try request.chain.read(limit: WireEvent.size))
      let event = try WireEvent(&reader)
      request.complete(written: 0)
      guard event.type == EventType.led, let led = KeyboardLEDs(code: event.code), kind == .keyboard else { return }
      if event.value != 0 { leds.insert(led) } else { leds.remove(led) }
    } catch {
      refuse(request, "a status cannot be read: \(error)")
    }
  }
}

/// The device as a transport sees it: a queue of events and a queue of status.
extension InputDevice: VirtioDevice {
  /// Of an input device.
  public var deviceID: UInt32 { 18 }
  /// None: input devices have no features of their own.
  public var offeredFeatures: UInt64 { 0 }
  /// The event queue and the status queue.
  public var queueCount: Int { 2 }
  /// The selectors, and what they select.
  public var configuration: [UInt8] { space.bytes }

  /// The driver selects something.
  public func writeConfiguration(_ bytes: [UInt8], at offset: Int) {
    space.write(bytes, at: offset)
  }

  /// Does nothing: there are no features.
  public func acknowledge(features: UInt64) {}

  /// True while there is an event, and always for status. Buffers for events stay in the ring.
  public func acceptsRequests(on queue: Int) -> Bool {
    guard queue == Queue.events else { return true }
    setListening(true)
    return !backlog.isEmpty
  }

  /// Fills a buffer with the next event, or takes a status.
  public func process(_ request: VirtioRequest) {
    if request.queue == Queue.events { fill(request) } else { takeStatus(request) }
  }

  /// What waits goes to the guest when it goes on.
  public func queueStopped(_ queue: Int) {
    if queue == Queue.events { setListening(false) }
  }

  /// Forgets what waits. What was down is released as soon as a driver listens again.
  public func reset(completion: @escaping () -> Void) {
    stale.keys.formUnion(pressed)
    stale.slots.formUnion(touches.slots)
    pressed = []
    touches = TouchState()
    backlog = InputBacklog()
    space.reset()
    leds = []
    setListening(false)
    completion()
  }
}

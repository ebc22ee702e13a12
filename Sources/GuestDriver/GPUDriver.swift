internal import Display
public import VirtioGPU
internal import Virtqueue
internal import Wire

/// A virtio-gpu driver: sends commands to a device and waits for the responses, one at a time.
///
/// It drives this project's device in the same process as well as any vhost-user-gpu back end over a socket. Used from
/// one thread.
public final class GPUDriver {
  /// The guest's memory.
  public let ram: GuestRAM
  /// The control queue.
  public let control: DriverQueue
  /// The cursor queue.
  public let cursor: DriverQueue
  /// The link to the device.
  public let link: any DeviceLink
  /// Size of the buffer for a response, in bytes.
  public static let responseRoom: UInt32 = 2048

  private var requestArea: DriverQueue.Buffer
  private let responseArea: DriverQueue.Buffer
  private var nextResourceID: UInt32 = 1
  private var nextFenceID: UInt64 = 1
  /// The resource that is the cursor of each scanout, as it was shown last.
  var cursors: [ScanoutID: UInt32] = [:]

  /// Starts a device: queues of 64 and 16 descriptors, as QEMU's have.
  public init(_ link: any DeviceLink, ram: GuestRAM) throws {
    self.ram = ram
    self.link = link
    let features = VirtqueueFeatures(acknowledged: link.features)
    control = try DriverQueue(size: 64, ram: ram, features: features)
    cursor = try DriverQueue(size: 16, ram: ram, features: features)
    requestArea = DriverQueue.Buffer(address: try ram.allocate(4096), length: 4096)
    responseArea = DriverQueue.Buffer(address: try ram.allocate(UInt64(Self.responseRoom)), length: Self.responseRoom)
    try link.start(control: control, cursor: cursor)
  }

  /// Sends a command of a context with a fence and a payload after its fields; the response must be OK.
  @discardableResult
  public func send(_ command: some Command, payload: [UInt8] = [], context: UInt32 = 0) throws -> DriverResponse {
    let fence = makeFenceID()
    let response = try send(request: command.request(fenceID: fence, context: context) + payload)
    try check(response, to: type(of: command).type, fence)
    return response
  }

  /// Sends two commands with one kick, as Linux does, and waits for both responses, which must be OK.
  public func send(_ first: some Command, then second: some Command) throws {
    let fences = [makeFenceID(), makeFenceID()]
    let requests = [first.request(fenceID: fences[0]), second.request(fenceID: fences[1])]
    var heads: [UInt16] = []
    for (index, request) in requests.enumerated() {
      // Commands without payload fit into half of the request area, their responses into half of the other.
      let place = requestArea.address + UInt64(index * 2048)
      try ram.memory.write(request, at: place)
      let response = DriverQueue.Buffer(address: responseArea.address + UInt64(index * 1024), length: 1024)
      let buffer = DriverQueue.Buffer(address: place, length: UInt32(clamping: request.count))
      guard let head = control.submit(readable: [buffer], writable: [response]) else { throw DriverError.queueFull }
      heads.append(head)
    }
    for _ in heads { _ = try finish(control, 0) }
    for (index, type) in [type(of: first).type, type(of: second).type].enumerated() {
      let bytes = try ram.memory.read(at: responseArea.address + UInt64(index * 1024), count: ControlHeader.size)
      try check(DriverResponse(bytes), to: type, fences[index])
    }
  }

  /// Sends bytes as a request on the control queue and returns the response, whatever it is.
  public func send(request: [UInt8]) throws -> DriverResponse {
    let buffer = try place(request)
    guard control.submit(readable: [buffer], writable: [responseArea]) != nil else { throw DriverError.queueFull }
    let used = try finish(control, 0)
    return try DriverResponse(
      ram.memory.read(at: responseArea.address, count: Int(min(used.written, Self.responseRoom))))
  }

  /// Sends a command on the cursor queue, without room for a response, as Linux does.
  public func point(_ command: some Command) throws {
    let buffer = try place(command.request())
    guard cursor.submit(readable: [buffer], writable: []) != nil else { throw DriverError.queueFull }
    _ = try finish(cursor, 1)
  }

  /// An unused resource id.
  public func makeResourceID() -> UInt32 {
    defer { nextResourceID += 1 }
    return nextResourceID
  }

  /// Kicks, waits, and collects one request.
  public func finish(_ queue: DriverQueue, _ index: Int) throws -> DriverQueue.Used {
    if queue.needsKick() { try link.kick(index) }
    while true {
      if let used = queue.collect() { return used }
      if !queue.askForCall() { try link.wait(index) }
    }
  }

  private func makeFenceID() -> UInt64 {
    defer { nextFenceID += 1 }
    return nextFenceID
  }

  private func check(_ response: DriverResponse, to type: CommandType, _ fence: UInt64) throws(DriverError) {
    guard response.type < ResponseType.unspecified.rawValue else { throw .refused("\(type)", response.type) }
    guard response.header.flags & ControlHeader.fenceFlag != 0, response.header.fenceID == fence else {
      throw .fenceLost("\(type)")
    }
  }

  private func place(_ request: [UInt8]) throws -> DriverQueue.Buffer {
    if request.count > Int(requestArea.length) {
      requestArea = DriverQueue.Buffer(
        address: try ram.allocate(UInt64(request.count)), length: UInt32(clamping: request.count))
    }
    try ram.memory.write(request, at: requestArea.address)
    return DriverQueue.Buffer(address: requestArea.address, length: UInt32(clamping: request.count))
  }
}

/// A response of the device.
public struct DriverResponse: Equatable, Sendable {
  /// Its header; of zeros when the device wrote less than one.
  public let header: ControlHeader
  /// What follows the header.
  public let body: [UInt8]

  /// The header's type.
  public var type: UInt32 { header.type }

  init(_ bytes: [UInt8]) throws {
    var reader = ByteReader(bytes)
    guard bytes.count >= ControlHeader.size else {
      header = ControlHeader(type: 0)
      body = bytes
      return
    }
    header = try ControlHeader(&reader)
    body = try reader.bytes(reader.remaining)
  }
}

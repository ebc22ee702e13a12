internal import Display
internal import GuestDriver
internal import LinuxIO
internal import VhostUser
internal import Virtio
internal import VirtioGPU
internal import Virtqueue
internal import Wire

/// A guest whose queues run, with a display as QEMU gives the back end one.
final class GuestBench {
  let connection: ConnectionBench
  let link: CaseLink
  let ram: GuestRAM
  private(set) var driver: GPUDriver
  /// The front end of the display socket; the last one that the back end was given.
  private(set) var display: DisplayReceiver
  /// The outputs that the display tells of.
  static let outputs = [
    Output(size: Size(width: 640, height: 480)),
    Output(size: Size(width: 320, height: 200), position: Point(x: 640, y: 0)),
  ]

  /// Negotiates, shares memory, attaches a display and starts the queues: in the order in which QEMU does.
  init(_ connection: ConnectionBench, wanted: UInt64 = ConnectionBench.wanted) throws {
    self.connection = connection
    let features = try connection.negotiate(wanted)
    ram = try GuestRAM(count: 256 << 20)
    link = CaseLink(connection.frontEnd, features: features, deadline: connection.deadline)
    try Self.share(ram, over: connection.frontEnd)
    display = try Self.attachDisplay(connection)
    driver = try GPUDriver(link, ram: ram)
    connection.trace?.note("the queues run")
  }

  /// Gives the back end all of the guest's memory.
  static func share(_ ram: GuestRAM, over frontEnd: FrontEnd) throws {
    let region = MemoryRegion(
      guestAddress: GuestRAM.guestBase, count: ram.count, userAddress: GuestRAM.userBase, fileOffset: 0)
    try frontEnd.share([SharedRegion(region, file: ram.file)])
  }

  private static func attachDisplay(_ connection: ConnectionBench) throws -> DisplayReceiver {
    let (ours, theirs) = try UnixSocket.makePair()
    let display = try DisplayReceiver(ours, outputs: outputs, limits: connection, trace: connection.trace)
    try connection.frontEnd.attachDisplay(theirs.descriptor)
    return display
  }

  /// Gives the back end another display, as QEMU does when a guest starts again.
  @discardableResult
  func attachDisplay() throws -> DisplayReceiver {
    display = try Self.attachDisplay(connection)
    return display
  }

  var features: DeviceFeatures { DeviceFeatures(rawValue: link.features) }

  /// Ends the case when a feature is not offered.
  func require(_ needed: DeviceFeatures) throws(CaseStop) {
    let missing = needed.subtracting(features)
    guard missing.isEmpty else { throw .skipped("the back end does not offer \(missing)") }
  }

  // MARK: Requests

  /// Sends bytes as they are, and returns whatever comes back.
  func send(request: [UInt8]) throws -> DriverResponse {
    let response = try driver.send(request: request)
    connection.trace?.note("control queue: \(Self.name(request)) -> \(Self.name(response.type))")
    return response
  }

  /// Sends a command that has to work.
  @discardableResult
  func send(_ command: some Command, payload: [UInt8] = [], context: UInt32 = 0) throws -> DriverResponse {
    let response = try send(request: command.request(context: context) + payload)
    guard (0x1100...0x11ff).contains(response.type) else {
      throw CaseStop.failed(expected: "\(type(of: command).type) to succeed", seen: Self.name(response.type))
    }
    return response
  }

  /// Ends the case unless a command is responded to with this code.
  func expect(_ command: some Command, payload: [UInt8] = [], _ code: ResponseType) throws {
    let response = try send(request: command.request() + payload)
    guard response.type == code.rawValue else {
      throw CaseStop.failed(
        expected: "\(type(of: command).type) to be responded to with \(Self.name(code.rawValue))",
        seen: Self.name(response.type))
    }
  }

  /// Ends the case unless a command is responded to with an error.
  func expectError(_ command: some Command, payload: [UInt8] = []) throws {
    let response = try send(request: command.request() + payload)
    guard (0x1200...0x12ff).contains(response.type) else {
      throw CaseStop.failed(expected: "\(type(of: command).type) to be an error", seen: Self.name(response.type))
    }
  }

  /// A command of the cursor queue.
  func point(_ command: some Command) throws {
    try driver.point(command)
    connection.trace?.note("cursor queue: \(type(of: command).type)")
  }

  /// The specification's name of a response, or of a request by its first four bytes.
  static func name(_ type: UInt32) -> String {
    if type == 0 { return "no response" }
    let name = ResponseType(rawValue: type).map { "\($0)" } ?? "type"
    return "\(name) (0x\(String(type, radix: 16)))"
  }

  private static func name(_ request: [UInt8]) -> String {
    guard request.count >= 4 else { return "\(request.count) bytes" }
    let type = request.prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return CommandType(rawValue: type).map { "\($0)" } ?? "0x\(String(type, radix: 16))"
  }

  // MARK: Pictures

  /// Size of what most cases show.
  static let size = Size(width: 64, height: 48)

  /// A framebuffer that is drawn all over: each block of pixels has a colour of its own, which depends on `seed`.
  func framebuffer(
    _ size: Size = size, _ format: PixelFormat = .b8g8r8x8, seed: UInt8 = 1, kind: Framebuffer.Kind = .resource2D
  ) throws -> Framebuffer {
    let frame = try Framebuffer(driver, size: size, format: format, kind: kind)
    frame.surface.drawBlocks(seed)
    return frame
  }

  /// Resource 1 is 64 × 48 with a backing and shown on scanout 0; resource 2 is as large and has no backing.
  func setStage() throws -> Framebuffer {
    let frame = try framebuffer()
    try send(
      ResourceCreate2D(
        resourceID: driver.makeResourceID(), format: 2, width: Self.size.width, height: Self.size.height))
    try frame.show(on: 0)
    try frame.flush()
    try expectShown(frame)
    return frame
  }

  /// Ends the case unless the display comes to show a part of a framebuffer's pixels, or all of them.
  func expectShown(_ frame: Framebuffer, _ part: Rectangle? = nil, on scanout: ScanoutID = 0) throws {
    let part = part ?? Rectangle(frame.surface.size)
    let image = try Surface(size: part.size, format: .b8g8r8a8)
    // A view without alpha: what the guest has there does not count.
    let view = try Surface(part, of: frame.surface, as: frame.surface.format.opaque)
    image.copy(Rectangle(part.size), of: view, to: .zero)
    try display.expect(image, on: scanout)
  }

  /// Whatever came before, the back end takes the next commands and shows what it is told to.
  func provesNextFrame() throws {
    let frame = try framebuffer(Size(width: 32, height: 16), seed: 99)
    try frame.show(on: 0)
    try frame.flush()
    try expectShown(frame)
    try send(SetScanout(rectangle: Rectangle(x: 0, y: 0, width: 0, height: 0), scanout: 0, resourceID: 0))
    try send(ResourceUnref(resourceID: frame.resourceID))
  }

  // MARK: The device

  /// Resets the device, and starts it again.
  func reset() throws {
    try link.reset()
    try restart()
  }

  /// Starts a device that was reset.
  func restart() throws {
    connection.trace?.note("the device was reset")
    driver = try GPUDriver(link, ram: ram)
  }
}

extension Surface {
  /// Draws blocks, each in a colour of its own: an eighth of the width.
  func drawBlocks(_ seed: UInt8) {
    let side = max(4, size.width / 8)
    for y in Swift.stride(from: 0, to: size.height, by: Int(side)) {
      for x in Swift.stride(from: 0, to: size.width, by: Int(side)) {
        fill(
          Rectangle(x: x, y: y, width: side, height: side),
          with: Color(
            red: UInt8(truncatingIfNeeded: x) &+ seed, green: UInt8(truncatingIfNeeded: y) &+ seed &* 3,
            blue: UInt8(truncatingIfNeeded: x &+ y) &* 2 &+ seed &* 7))
      }
    }
  }
}

/// Memory entries as they follow a request.
func entries(_ list: [(UInt64, UInt32)]) -> [UInt8] {
  var writer = ByteWriter()
  for (address, length) in list { MemoryEntry(address: address, length: length).write(to: &writer) }
  return writer.bytes
}

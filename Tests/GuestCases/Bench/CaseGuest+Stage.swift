internal import Display
internal import GuestDriver
internal import ScanoutTesting
internal import VirtioGPU
internal import Virtqueue

/// What many cases start from.
extension CaseGuest {
  /// Memory that ``CaseHost/share(all:)`` can take away.
  static let far = GuestRAM.guestBase + (768 << 20)

  /// Resource 1 is 64 × 48 with a backing and shown on scanout 0; resource 2 is as large and has no backing.
  @discardableResult
  func setStage() throws -> Framebuffer {
    let size = Size(width: 64, height: 48)
    let frame = try Framebuffer(driver, size: size, format: .b8g8r8x8)
    try send(ResourceCreate2D(resourceID: driver.makeResourceID(), format: 1, width: 64, height: 48))
    try frame.show(on: 0)
    _ = recorder.take()
    return frame
  }

  /// Context 1 uses texture 5 of 64 × 48 pixels; no context uses texture 6.
  func setContext() throws {
    try send(ContextCreate(capset: 2, name: "case"), context: 1)
    for id in [UInt32(5), 6] {
      try send(ResourceCreate3D(resourceID: id, format: 1, bind: 2, width: 64, height: 48))
    }
    try send(ContextAttachResource(resourceID: 5), context: 1)
  }

  /// Textures that no scanout can show, each of 32 × 1 texels: a buffer, a volume, and an image in a format of floats.
  func setUnseen() throws -> [UInt32] {
    for (id, target, format) in [(UInt32(20), UInt32(0), UInt32(1)), (21, 3, 1), (22, 2, 31)] {
      try send(
        ResourceCreate3D(resourceID: id, target: target, format: format, bind: 2, width: 32, height: 1, depth: 1))
    }
    return [20, 21, 22]
  }

  /// A blob of one page of the host, or of the guest.
  func makeBlob(_ id: UInt32, _ memory: BlobMemory, flags: BlobFlags = .mappable, size: UInt64 = 4096) throws {
    try send(
      ResourceCreateBlob(
        resourceID: id, memory: memory, flags: flags, blobID: memory == .guest ? 0 : UInt64(id), size: size),
      context: memory == .guest ? 0 : 1)
  }

  /// What a context does.
  func submit3D(_ command: FakeCommand, in context: UInt32 = 1) throws -> ResponseType? {
    try code(Submit3D(size: UInt32(command.bytes.count)), payload: command.bytes, context: context)
  }

  /// Gives a resource `count` bytes of memory of its own.
  @discardableResult
  func attachPages(to resource: UInt32, count: UInt32 = 12288) throws -> UInt64 {
    let start = try ram.allocate(UInt64(count))
    try send(ResourceAttachBacking(resourceID: resource, entryCount: 1), payload: entries([(start, count)]))
    return start
  }
}

extension GuestCase {
  /// A mistake: it has its code, changes nothing that the device holds, shows nothing, and what is shown still can be
  /// flushed.
  static func mistake(
    _ name: String, _ type: CommandType, _ request: [UInt8], _ code: ResponseType, on setup: CaseSetup = .flat
  ) -> GuestCase {
    GuestCase(name, type, on: setup) { guest in
      let frame = try guest.setStage()
      if setup.rendering != .none, setup.asksForContexts { try guest.setContext() }
      let before = try guest.usage()
      _ = guest.recorder.take()
      try expect(guest.send(request: request).code, code, "the response")
      try expect(guest.usage(), before, "what the device holds")
      try expect(guest.recorder.take(), [], "what is shown")
      try frame.flush()
      try expect(guest.recorder.take().first, .damage(0, Rectangle(frame.surface.size)), "what is flushed afterwards")
    }
  }

  static func mistake(
    _ name: String, _ command: some Command, payload: [UInt8] = [], in context: UInt32 = 0, _ code: ResponseType,
    on setup: CaseSetup = .flat
  ) -> GuestCase {
    mistake(name, type(of: command).type, command.request(context: context) + payload, code, on: setup)
  }
}

extension CaseSetup {
  /// True when the driver negotiates contexts.
  var asksForContexts: Bool { DeviceFeatures(rawValue: features).contains(.virgl) }
}

import Display
import GuestDriver
import ScanoutTesting
import VirglRendering
import VirtioGPU
import Virtqueue

/// Guest of a device that draws with virglrenderer, in this process: two scanouts of 64 by 48 pixels, and contexts 1 and 2.
@VirglActor
final class VirglGuest {
  let recorder = EventRecorder()
  let device: Device
  let driver: GPUDriver
  let ram: GuestRAM
  let size = Size(width: 64, height: 48)

  init() throws {
    let outputs = [Output(size: size), Output(size: size)]
    device = Device(
      outputs: outputs, renderers: [ImmediateRenderer(try VirglRenderer.quiet())], sink: recorder, clock: { .zero })
    ram = try GuestRAM(count: 16 << 20)
    driver = try GPUDriver(InProcessLink(device, ram: ram), ram: ram)
    for context in UInt32(1)...2 { try driver.send(ContextCreate(capset: 2, name: "test"), context: context) }
  }

  /// The type of the response to a command.
  func code(_ command: some Command, payload: [UInt8] = [], context: UInt32 = 0) throws -> ResponseType? {
    try ResponseType(rawValue: driver.send(request: command.request(context: context) + payload).type)
  }

  func submit(_ stream: VirglStream, in context: UInt32 = 1) throws {
    try driver.send(Submit3D(size: UInt32(stream.bytes.count)), payload: stream.bytes, context: context)
  }

  /// Makes texture `id` as large as a scanout, for both contexts.
  func makeTexture(_ id: UInt32) throws {
    try driver.send(
      ResourceCreate3D(
        resourceID: id, format: 1, bind: Bind.renderTarget | Bind.samplerView, width: size.width, height: size.height))
    try share(id)
  }

  /// Makes blob `id`, of three pages, of an object of context 1, for both contexts.
  func makeBlob(
    _ id: UInt32, _ memory: BlobMemory, of object: ResourceCreate3D, _ entries: [UInt8] = []
  ) throws {
    var stream = VirglStream()
    stream.createObject(id, like: object)
    try submit(stream)
    try driver.send(
      ResourceCreateBlob(
        resourceID: id, memory: memory, entryCount: UInt32(entries.count / 16), blobID: UInt64(id), size: 12288),
      payload: entries, context: 1)
    try share(id)
  }

  private func share(_ id: UInt32) throws {
    for context in UInt32(1)...2 { try driver.send(ContextAttachResource(resourceID: id), context: context) }
  }

  /// The fields of a texture as large as a scanout.
  var texture: ResourceCreate3D {
    ResourceCreate3D(resourceID: 0, format: 1, bind: Bind.renderTarget, width: size.width, height: size.height)
  }

  /// The fields of a buffer with as many bytes as a scanout.
  var buffer: ResourceCreate3D {
    ResourceCreate3D(resourceID: 0, target: 0, format: 64, bind: Bind.vertexBuffer, width: 12288, height: 1)
  }

  /// Three pages, and the entry that names them.
  func pages() throws -> (address: UInt64, entry: [UInt8]) {
    let address = try ram.allocate(12288)
    let fields = [address, 12288]
    return (address, fields.flatMap { field in (0..<8).map { UInt8(truncatingIfNeeded: field >> (8 * $0)) } })
  }

  func clear(_ id: UInt32, _ color: UInt32, in context: UInt32 = 1) throws {
    func channel(_ shift: UInt32) -> Float { Float(color >> shift & 0xFF) / 255 }
    try submit(.clear(id, format: 1, red: channel(16), green: channel(8), blue: channel(0)), in: context)
  }

  /// Draws one pixel of a texture.
  func dot(_ id: UInt32, _ x: UInt32, _ y: UInt32, _ color: UInt32) throws {
    var stream = VirglStream()
    stream.write([0xFF00_0000 | color], to: Box(x: x, y: y, width: 1), of: id)
    try submit(stream)
  }

  func show(_ id: UInt32, on scanout: UInt32 = 0, _ part: Rectangle? = nil) throws {
    try driver.send(SetScanout(rectangle: part ?? Rectangle(size), scanout: scanout, resourceID: id))
  }

  /// Shows all of a blob, or a part of it.
  func showing(
    _ id: UInt32, on scanout: UInt32 = 0, _ part: Rectangle? = nil, size: Size? = nil, format: PixelFormat = .b8g8r8x8,
    stride: UInt32 = 256, offset: UInt32 = 0
  ) -> SetScanoutBlob {
    let size = size ?? self.size
    return SetScanoutBlob(
      rectangle: part ?? Rectangle(size), scanout: scanout, resourceID: id, size: size, format: format.wire,
      stride: stride, offset: offset)
  }

  func flush(_ id: UInt32, _ part: Rectangle? = nil) throws {
    try driver.send(ResourceFlush(rectangle: part ?? Rectangle(size), resourceID: id))
  }

  /// The pixels of a scanout that have another colour than `ground`, as they were when it was last flushed.
  func dots(on ground: UInt32, scanout: ScanoutID = 0) -> [Dot]? {
    recorder.surfaces[scanout]?.dots(on: ground, mask: 0xFFFFFF)
  }
}

import Display
import GuestDriver
import LinuxIO
import ScanoutTesting
import Testing
import VirtioGPU

@Suite("Files of scanout surfaces")
struct DeviceSurfaceFileTests {
  private static let size = Size(width: 256, height: 100)

  /// One pixel as another process sees it that maps the file of a surface.
  private func pixel(_ x: Int, _ y: Int, in file: SurfaceFile) throws -> [UInt8] {
    let offset = file.offset + UInt64(y * file.stride + x * PixelFormat.bytesPerPixel)
    let memory = try MappedMemory(file.file, offset: offset, count: 4)
    // Safe: the mapping has four bytes.
    return unsafe memory.withBytes { unsafe Array($0) }
  }

  @Test("a blob of the guest is shown as its place in the guest's memory file", arguments: [0, 3])
  func guestBlob(corner: UInt32) throws {
    let guest = try TestGuest()
    let frame = try Framebuffer(guest.driver, size: Self.size, format: .b8g8r8x8, kind: .blob)
    try frame.show(on: 0)
    let shown = try #require(guest.recorder.current[0])
    let file = try #require(shown.file)
    #expect(file.file === guest.ram.file)
    frame.surface.fill(Rectangle(x: corner, y: 9, width: 1, height: 1), with: Color(red: 1, green: 2, blue: 3))
    #expect(try pixel(Int(corner), 9, in: file).prefix(3) == [3, 2, 1])
  }

  @Test("a 2D resource is shown as a file of its own, and a part of it as a part of that file")
  func resource2D() throws {
    let guest = try TestGuest()
    let frame = try Framebuffer(guest.driver, size: Self.size, format: .b8g8r8x8)
    try frame.show(on: 0)
    frame.surface.fill(Rectangle(x: 200, y: 90, width: 1, height: 1), with: Color(red: 1, green: 2, blue: 3))
    try frame.flush()
    let file = try #require(guest.recorder.current[0]?.file)
    #expect(file.file !== guest.ram.file)
    #expect(try pixel(200, 90, in: file).prefix(3) == [3, 2, 1])
  }

  @Test("a guest that makes many resources takes no more descriptors than the device may have")
  func manyResources() throws {
    let guest = try TestGuest()
    for _ in 0..<200 {
      _ = try Framebuffer(guest.driver, size: Size(width: 128, height: 128), format: .b8g8r8x8)
    }
    #expect(guest.device.surfaces.fileCount == guest.device.surfaces.maximumFiles)
    let frame = try Framebuffer(guest.driver, size: Self.size, format: .b8g8r8x8)
    try frame.show(on: 0)
    try frame.flush()
    let shown = try #require(guest.recorder.current[0])
    #expect(shown.file == nil)
    try guest.device.reset()
    #expect(guest.device.surfaces.fileCount == 0)
  }
}

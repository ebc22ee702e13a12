import Display
import Glibc
import LinuxIO
import Testing

@Suite("Surface files")
struct SurfaceFileTests {
  private static let size = Size(width: 200, height: 100)

  /// One pixel of a file, as another process that maps the file sees it.
  private func pixel(_ x: Int, _ y: Int, in file: SurfaceFile) throws -> [UInt8] {
    let offset = file.offset + UInt64(y * file.stride + x * PixelFormat.bytesPerPixel)
    let memory = try MappedMemory(file.file, offset: offset, count: 4)
    // Safe: the mapping has four bytes.
    return unsafe memory.withBytes { unsafe Array($0) }
  }

  private func fill(_ surface: Surface, _ x: UInt32, _ y: UInt32, _ value: UInt8) {
    surface.fill(
      Rectangle(x: x, y: y, width: 1, height: 1), with: Color(red: value, green: value, blue: value))
  }

  @Test("a process that maps the file of a surface sees its pixels, at the offset and the stride that it names")
  func shared() throws {
    let surface = try SurfaceAllocator().makeSurface(size: Self.size, format: .b8g8r8a8)
    fill(surface, 199, 99, 7)
    let file = try #require(surface.file)
    #expect(file.stride == surface.stride)
    #expect(file.modifier == 0)
    #expect(try pixel(199, 99, in: file) == [7, 7, 7, 255])
    #expect(try pixel(198, 99, in: file) == [0, 0, 0, 0])
  }

  @Test("a part of a surface, and a part of that, name their own place in the same file")
  func parts() throws {
    let surface = try SurfaceAllocator().makeSurface(size: Self.size, format: .b8g8r8a8)
    let part = try Surface(Rectangle(x: 30, y: 40, width: 50, height: 50), of: surface, as: .b8g8r8x8)
    let inner = try Surface(Rectangle(x: 5, y: 6, width: 2, height: 2), of: part)
    fill(surface, 35, 46, 9)
    let files = try (#require(surface.file), #require(part.file), #require(inner.file))
    #expect(files.1.file === files.0.file && files.2.file === files.0.file)
    #expect(files.1.offset == files.0.offset + UInt64(40 * surface.stride + 30 * 4))
    #expect(files.2.stride == surface.stride)
    #expect(try pixel(0, 0, in: files.2) == [9, 9, 9, 255])
    #expect(try pixel(5, 6, in: files.1) == [9, 9, 9, 255])
  }

  @Test("a surface keeps its file open and mapped after its allocator and its parent are gone")
  func lifetime() throws {
    var parent: Surface? = try SurfaceAllocator().makeSurface(size: Self.size, format: .b8g8r8a8)
    let part = try Surface(Rectangle(x: 1, y: 1, width: 4, height: 4), of: #require(parent))
    parent = nil
    fill(part, 0, 0, 3)
    #expect(try pixel(0, 0, in: #require(part.file)) == [3, 3, 3, 255])
  }

  @Test("the file of a surface cannot shrink under it")
  func sealed() throws {
    let surface = try SurfaceAllocator().makeSurface(size: Self.size, format: .b8g8r8a8)
    #expect(ftruncate(try #require(surface.file).file.rawValue, 0) != 0)
  }

  @Test("surfaces that are small, or more than the most files, are plain memory with the same pixels")
  func bounds() throws {
    let allocator = SurfaceAllocator(maximumFiles: 2)
    // 16384 pixels are 64 KiB.
    let small = try allocator.makeSurface(size: Size(width: 127, height: 129), format: .b8g8r8x8)
    #expect(small.file == nil)
    var files = try (0..<2).map { _ in
      try allocator.makeSurface(size: Size(width: 128, height: 128), format: .b8g8r8x8)
    }
    #expect(files.allSatisfy { $0.file != nil })
    let third = try allocator.makeSurface(size: Self.size, format: .b8g8r8x8)
    #expect(third.file == nil)
    fill(third, 1, 1, 5)
    #expect(allocator.fileCount == 2)
    // A part keeps the file of a surface, and counts for it.
    let part = try Surface(Rectangle(x: 0, y: 0, width: 1, height: 1), of: files[0])
    files = []
    #expect(allocator.fileCount == 1)
    withExtendedLifetime(part) {}
    #expect(try allocator.makeSurface(size: Self.size, format: .b8g8r8x8).file != nil)
  }

  @Test("sizes that cannot be are refused", arguments: [Size(width: 0, height: 9), Size(width: 32768, height: 9)])
  func impossible(size: Size) {
    let allocator = SurfaceAllocator()
    #expect(throws: SurfaceError.self) { try allocator.makeSurface(size: size, format: .b8g8r8x8) }
    #expect(allocator.fileCount == 0)
  }

  @Test("a plain surface names no file")
  func plain() throws {
    #expect(try Surface(size: Self.size, format: .b8g8r8x8).file == nil)
  }

  @Test("a view of a mapping shows its bytes and names their place in the file of the mapping")
  func view() throws {
    let memory = try MappedMemory(MappedMemory.makeFile(named: "test", count: 3 * 4096), offset: 4096, count: 8192)
    let view = try Surface(
      size: Size(width: 10, height: 4), format: .b8g8r8a8, stride: 64, memory: memory, offset: 100)
    fill(view, 9, 3, 6)
    // Safe: the byte is inside the mapping.
    #expect(unsafe memory.withBytes { unsafe $0[100 + 3 * 64 + 36] } == 6)
    let file = try #require(view.file)
    #expect(file.offset == 4196)
    #expect(file.stride == 64)
    #expect(try pixel(9, 3, in: file) == [6, 6, 6, 255])
  }

  @Test("a view of joined parts names a file only when all of it lies in one of them")
  func joined() throws {
    let memory = try MappedMemory(MappedMemory.makeFile(named: "test", count: 8192), offset: 0, count: 8192)
    let joined = try MappedMemory(joining: [4096, 0].map { MappedMemory.Part(memory, offset: $0, count: 4096) })
    func view(at offset: Int, rows: UInt32) throws -> Surface {
      try Surface(
        size: Size(width: 256, height: rows), format: .b8g8r8x8, stride: 1024, memory: joined, offset: offset)
    }
    #expect(try view(at: 0, rows: 8).file == nil)
    #expect(try #require(view(at: 0, rows: 4).file).offset == 4096)
    #expect(try #require(view(at: 4096, rows: 4).file).offset == 0)
  }

  @Test("a view of memory that its peer tore away reads as zeros and names no file")
  func torn() throws {
    let file = try MappedMemory.makeFile(named: "test", count: 8192)
    let memory = try MappedMemory(ofPeer: file, offset: 0, count: 8192, tornEvent: EventCounter())
    let view = try Surface(size: Size(width: 32, height: 32), format: .b8g8r8a8, stride: 256, memory: memory, offset: 0)
    fill(view, 0, 0, 9)
    #expect(view.file != nil)
    #expect(ftruncate(file.rawValue, 0) == 0)
    let copy = try Surface(size: view.size, format: .b8g8r8a8)
    copy.copy(Rectangle(view.size), of: view, to: .zero)
    // Safe: the surface has a first pixel.
    #expect(unsafe copy.withPixels { unsafe $0.load(as: UInt32.self) } == 0)
    #expect(view.file == nil)
  }

  @Test(
    "a view that its mapping does not have, or that does not begin at a pixel, is refused",
    arguments: [
      (10, 4, 40, 4096), (10, 4, 40, 4096 - 159), (10, 4, 40, -4), (10, 4, 40, .max), (10, 4, 40, .min), (10, 4, 39, 0),
      (10, 4, 42, 0), (10, 4, -40, 0), (10, 4, .max, 0), (10, 4, .max - 3, 0), (10, 4, .min, 0), (10, 4, 40, 2),
      (0, 4, 40, 0), (10, 0, 40, 0), (32768, 1, 131072, 0), (10, 200, 40, 0),
    ] as [(UInt32, UInt32, Int, Int)])
  func refused(width: UInt32, height: UInt32, stride: Int, offset: Int) throws {
    let memory = try MappedMemory(MappedMemory.makeFile(named: "test", count: 4096), offset: 0, count: 4096)
    #expect(throws: SurfaceError.self) {
      try Surface(
        size: Size(width: width, height: height), format: .b8g8r8x8, stride: stride, memory: memory, offset: offset)
    }
  }
}

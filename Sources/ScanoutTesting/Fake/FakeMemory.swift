internal import Display
internal import LinuxIO
internal import VirtioGPU
internal import Virtqueue

/// Rows of bytes of a resource of a ``FakeRenderer``, to be copied from and to its backing.
@safe
struct FakeMemory {
  private let rows: Int
  private let rowCount: Int
  private let stride: Int
  private let fullStride: Int
  private let lend: (_ body: (UnsafeMutableRawPointer) -> Void) -> Void

  /// A part of a surface, which lies inside.
  init(_ surface: Surface, _ part: Rectangle) {
    rows = Int(part.height)
    rowCount = Int(part.width) * PixelFormat.bytesPerPixel
    stride = surface.stride
    fullStride = surface.stride
    let start = Int(part.y) * surface.stride + Int(part.x) * PixelFormat.bytesPerPixel
    // Safe: the part lies inside the surface.
    unsafe lend = { body in unsafe surface.withPixels { unsafe body($0 + start) } }
  }

  /// A part of a blob, which has it.
  init(_ memory: MappedMemory, offset: Int, count: Int) {
    rows = 1
    rowCount = count
    stride = count
    fullStride = count
    // Safe: the blob has the part.
    unsafe lend = { body in
      unsafe memory.withBytes { if let base = $0.baseAddress { unsafe body(base + offset) } }
    }
  }

  /// Copies all rows, which lie `stride` bytes apart in the backing, or as far as here; false: the backing ends before.
  func copy(_ pages: [GuestRange], from offset: UInt64, stride asked: UInt32, _ direction: TransferDirection) -> Bool {
    let step = UInt64(asked == 0 ? UInt32(clamping: fullStride) : asked)
    let total = pages.reduce(UInt64(0)) { $0 + UInt64($1.count) }
    let span = step * UInt64(rows - 1) + UInt64(rowCount)
    let (end, wraps) = offset.addingReportingOverflow(span)
    guard !wraps, end <= total else { return false }
    // Safe: each row lies in the resource, and its backing has it.
    unsafe lend { base in
      for row in 0..<rows {
        unsafe copyRow(base + row * stride, pages, Int(offset + step * UInt64(row)), direction)
      }
    }
    return true
  }

  @unsafe
  private func copyRow(
    _ row: UnsafeMutableRawPointer, _ pages: [GuestRange], _ offset: Int, _ direction: TransferDirection
  ) {
    var (skip, done) = (offset, 0)
    for page in pages where done < rowCount {
      guard skip < page.count else {
        skip -= page.count
        continue
      }
      let here = min(page.count - skip, rowCount - done)
      // Safe: `here` bytes are left in the page and in the row.
      unsafe page.withBytes { bytes in
        guard let base = bytes.baseAddress else { return }
        switch direction {
        case .toHost: unsafe (row + done).copyMemory(from: base + skip, byteCount: here)
        case .fromHost: unsafe (base + skip).copyMemory(from: row + done, byteCount: here)
        }
      }
      done += here
      skip = 0
    }
  }
}

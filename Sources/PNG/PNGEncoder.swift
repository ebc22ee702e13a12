internal import CPixels
internal import CPixman
internal import CZlib
internal import Display

/// Writes images as PNG files: eight bits a channel, or 16 for ``Image/deep`` ones, RGB or RGBA, and always the same
/// bytes for the same image.
///
/// "Always" is: on every x86-64 processor with SSE4.2, with the same ISA-L; elsewhere the compressed bytes may differ,
/// the pixels never. Rows are not filtered: for text and flat colours that is both smallest and fastest.
///
/// An encoder keeps its buffers for the next image. One thread uses it at a time.
public final class PNGEncoder {
  /// Rows that are converted and compressed at once: few enough to stay in the processor's cache.
  private static let bandHeight = 16

  private let deflater = Deflater()
  private var band = [UInt8]()
  private var packed = [UInt8]()
  private var file = [UInt8]()

  /// An encoder with empty buffers.
  public init() {}

  /// The bytes of the file that holds an image, and its `hash`, from which ``PNGFile`` tells the image without
  /// decoding it.
  ///
  /// The buffer of the result is used again for the next image, if it is not in use any more by then.
  public func encode(_ image: Image, hash: FrameHash) -> [UInt8] {
    file.removeAll(keepingCapacity: true)
    file.append(contentsOf: PNGFormat.signature)
    append(.header, PNGFormat.header(of: image))
    append(.hash, [PNGFormat.hashVersion] + hash.bytes)
    appendPixels(of: image)
    append(.end, [])
    return file
  }

  private func appendPixels(of image: Image) {
    let height = Int(image.size.height)
    deflater.start()
    for top in stride(from: 0, to: height, by: Self.bandHeight) {
      let rows = min(Self.bandHeight, height - top)
      let count = pack(image, top: top, rows: rows)
      // Safe: the buffer is lent for the call, and the pieces are copied by `append`.
      unsafe packed.withUnsafeMutableBufferPointer { bytes in
        unsafe deflater.compress(bytes.extracting(0..<count), isLast: top + rows == height) { piece in
          unsafe append(.data, piece)
        }
      }
    }
  }

  /// Fills `packed` with some rows in the layout of PNG: for each row a filter byte (0: none), and then its pixels without
  /// gaps. Returns the number of bytes.
  private func pack(_ image: Image, top: Int, rows: Int) -> Int {
    if let deep = image.deep { return pack(deep, isOpaque: image.kind == .opaque, top: top, rows: rows) }
    let width = Int(image.size.width)
    let rowSize = width * (image.kind == .opaque ? 3 : 4)
    // pixman wants rows that start at multiples of four bytes.
    let stride = (rowSize + 3) & ~3
    if band.count != stride * Self.bandHeight {
      band = [UInt8](repeating: 0, count: stride * Self.bandHeight)
    }
    if packed.count != (1 + rowSize) * Self.bandHeight {
      packed = [UInt8](repeating: 0, count: (1 + rowSize) * Self.bandHeight)
    }
    let format = image.kind == .opaque ? PIXMAN_b8g8r8 : PIXMAN_a8b8g8r8
    // Safe: the band has `rows` rows of `stride` bytes, array storage is aligned to 16 bytes, and the image lives
    // inside the closure.
    unsafe band.withUnsafeMutableBytes { band in
      let bits = unsafe band.baseAddress?.assumingMemoryBound(to: UInt32.self)
      let target = unsafe pixman_image_create_bits(format, Int32(width), Int32(rows), bits, Int32(stride))
      unsafe image.surface.withImage { source in
        unsafe pixman_image_composite32(
          PIXMAN_OP_SRC, source, nil, target, 0, Int32(top), 0, 0, 0, 0, Int32(width), Int32(rows))
      }
      // Safe: made above, and not shared.
      _ = unsafe pixman_image_unref(target)
    }
    for row in 0..<rows {
      let start = row * (1 + rowSize)
      packed[start] = 0
      packed.replaceSubrange(
        start + 1..<start + 1 + rowSize, with: band[row * stride..<row * stride + rowSize])
    }
    return (1 + rowSize) * rows
  }

  /// The same for samples of 16 bits, which PNG stores high byte first.
  private func pack(_ deep: DeepSamples, isOpaque: Bool, top: Int, rows: Int) -> Int {
    let width = Int(deep.size.width)
    let channels = isOpaque ? 3 : DeepSamples.channels
    let rowSize = width * channels * 2
    if packed.count != (1 + rowSize) * Self.bandHeight {
      packed = [UInt8](repeating: 0, count: (1 + rowSize) * Self.bandHeight)
    }
    // Safe: only rows that are there are read, and each is written to its own part, which has room for it.
    unsafe deep.withSamples { samples in
      unsafe packed.withUnsafeMutableBufferPointer { packed in
        for row in 0..<rows {
          let start = row * (1 + rowSize)
          unsafe packed[start] = 0
          guard let target = packed.extracting(start + 1..<start + 1 + rowSize).baseAddress else { continue }
          let source = unsafe samples + (top + row) * width * DeepSamples.channels
          _ = unsafe cpixels_pack(source, width, UInt32(channels), target)
        }
      }
    }
    return (1 + rowSize) * rows
  }

  private func append(_ chunk: PNGFormat.Chunk, _ bytes: [UInt8]) {
    // Safe: the bytes are lent for the call, which copies them.
    unsafe bytes.withUnsafeBufferPointer { unsafe append(chunk, $0) }
  }

  /// Appends a chunk: its length, its name, its bytes, and the checksum of name and bytes.
  private func append(_ chunk: PNGFormat.Chunk, _ bytes: UnsafeBufferPointer<UInt8>) {
    append(bigEndian: UInt32(bytes.count))
    let start = file.count
    file.append(contentsOf: chunk.rawValue.utf8)
    // Safe: appending copies.
    unsafe file.append(contentsOf: bytes)
    // Safe: the sum is taken over what was appended since `start`.
    let sum = unsafe file.withUnsafeBufferPointer { file in
      unsafe crc32_z(0, UnsafeBufferPointer(rebasing: file[start...]).baseAddress, file.count - start)
    }
    append(bigEndian: UInt32(truncatingIfNeeded: sum))
  }

  private func append(bigEndian value: UInt32) {
    for shift: UInt32 in [24, 16, 8, 0] { file.append(UInt8(truncatingIfNeeded: value >> shift)) }
  }
}

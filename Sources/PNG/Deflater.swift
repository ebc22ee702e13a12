internal import CISAL

/// Compresses bytes to a zlib stream, in pieces of one size.
///
/// ISA-L at level 0, with Huffman codes for desktops and text: many times faster than zlib at its fastest, and the same
/// bytes on every x86-64 processor with SSE4.2. Its levels 1 and 2 compress better and are not the same each time: what
/// they find depends, once in some hundred small streams, on the address of the stream (version 2.30). Level 3 depends
/// on the processor.
@safe
final class Deflater {
  /// Bytes of an output piece. Output always has the same room, so that it depends on nothing but the input.
  private static let pieceSize = 1 << 16

  private let stream: UnsafeMutablePointer<isal_zstream>
  private let codes: UnsafeMutablePointer<isal_hufftables>
  private let piece: UnsafeMutablePointer<UInt8>

  init() {
    // Safe: the three belong to this object, which gives them back in `deinit`; ISA-L initialises what it reads.
    unsafe stream = .allocate(capacity: 1)
    unsafe codes = .allocate(capacity: 1)
    unsafe piece = .allocate(capacity: Self.pieceSize)
    // Safe: this fills the allocation.
    let result = unsafe cisal_frame_codes(codes)
    precondition(result == 0, "ISA-L makes no codes of weights that are always the same: \(result)")
  }

  deinit {
    // Safe: allocated by `init`, freed once; what they hold needs no clean-up.
    unsafe piece.deallocate()
    // Safe: as above.
    unsafe codes.deallocate()
    // Safe: as above.
    unsafe stream.deallocate()
  }

  /// Starts a new stream.
  func start() {
    // Safe: this fills the allocation, whatever was in it before.
    unsafe isal_deflate_init(stream)
    // Safe: the stream keeps the pointers of allocations that live as long as it does.
    unsafe stream.pointee.hufftables = codes
    unsafe stream.pointee.gzip_flag = UInt16(IGZIP_ZLIB)
    unsafe stream.pointee.next_out = piece
    unsafe stream.pointee.avail_out = UInt32(Self.pieceSize)
  }

  /// Takes the next bytes, and passes each piece that is full to `emit`; after the last bytes, what is left too.
  func compress(
    _ bytes: UnsafeMutableBufferPointer<UInt8>, isLast: Bool, _ emit: (UnsafeBufferPointer<UInt8>) -> Void
  ) {
    // Safe: the stream keeps the pointer of `bytes` until it has read all of them, which is before this returns.
    unsafe stream.pointee.next_in = bytes.baseAddress
    unsafe stream.pointee.avail_in = UInt32(bytes.count)
    unsafe stream.pointee.end_of_stream = isLast ? 1 : 0
    while true {
      // Safe: the stream reads `bytes`, which lives across the call, and writes to the piece, within its room.
      let result = unsafe cisal_deflate(stream)
      precondition(result == COMP_OK, "ISA-L refuses a stream that was set up here: \(result)")
      // Safe: the stream lives as long as this object.
      let isFull = unsafe stream.pointee.avail_out == 0
      let count = unsafe Self.pieceSize - Int(stream.pointee.avail_out)
      if count > 0, isFull || isLast {
        // Safe: so many bytes of the piece have been written, and `emit` copies them before the piece is used again.
        unsafe emit(UnsafeBufferPointer(start: piece, count: count))
        unsafe stream.pointee.next_out = piece
        unsafe stream.pointee.avail_out = UInt32(Self.pieceSize)
      }
      if !isFull { return }
    }
  }
}

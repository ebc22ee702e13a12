internal import CLinux
internal import Glibc

/// Rows of bytes in memory, `stride` bytes apart: part of an image that is sent or received without a copy.
///
/// The memory belongs to the caller, who keeps it until the calls that use it have returned.
@unsafe
public struct MemoryRows {
  /// The first byte of the first row.
  public let base: UnsafeMutableRawPointer
  /// Bytes from the start of a row to the start of the next.
  public let stride: Int
  /// Bytes of each row, at most ``stride``.
  public let rowBytes: Int
  /// Number of rows.
  public let rows: Int

  /// Rows in memory of the caller.
  public init(base: UnsafeMutableRawPointer, stride: Int, rowBytes: Int, rows: Int) {
    precondition(rowBytes >= 0 && rows >= 0 && stride >= rowBytes)
    unsafe self.base = base
    unsafe self.stride = stride
    unsafe self.rowBytes = rowBytes
    unsafe self.rows = rows
  }
}

extension UnixSocket {
  /// Sends what there is room for of a message that consists of `prefix` and rows, all but the first `skipped` bytes of it.
  ///
  /// Returns how many bytes were sent; nil when the socket has no room. It never waits, whatever the socket's mode is.
  @unsafe
  public func sendSome(
    _ prefix: [UInt8], then rows: MemoryRows, skipping skipped: Int
  ) throws(SystemError) -> Int? {
    // Safe: the caller keeps the rows, and the array is lent to the call.
    let sent = unsafe clinux_send_rows(
      descriptor.rawValue, prefix, prefix.count, rows.base, rows.stride, rows.rowBytes, rows.rows, max(0, skipped))
    if sent >= 0 { return sent }
    if errno == EAGAIN { return nil }
    throw SystemError("send to a socket")
  }

  /// Receives bytes into rows whose first `filled` bytes are there already.
  ///
  /// Returns how many bytes came, 0 at the end of the socket; nil when nothing has come yet. It never waits, whatever the
  /// socket's mode is.
  @unsafe
  public func receiveSome(into rows: MemoryRows, after filled: Int) throws(SystemError) -> Int? {
    // Safe: the caller keeps the rows, and nothing is written outside them.
    let received = unsafe clinux_receive_rows(
      descriptor.rawValue, rows.base, rows.stride, rows.rowBytes, rows.rows, max(0, filled))
    if received >= 0 { return received }
    if errno == EAGAIN { return nil }
    throw SystemError("receive from a socket")
  }
}

internal import CLinux

extension Descriptor {
  /// The same file, opened again for reading only, so that a peer that gets this descriptor cannot write to the file. Only for
  /// files in memory (memfd): opening them never waits.
  package func reopenedForReading() throws(SystemError) -> Descriptor {
    let raw = clinux_reopen_for_reading(rawValue)
    guard raw >= 0 else { throw SystemError("open a file for reading only") }
    return Descriptor(owning: raw)
  }

  /// True for a dma-buf, which other programs and drivers can import. The call never waits.
  package var isDMABuf: Bool { clinux_is_dmabuf(rawValue) != 0 }

  /// Runs `body`, which reads from a mapping of this dma-buf with the processor, between the two calls that make devices'
  /// writes visible to it. The first waits while a device writes: only call it when the descriptor is readable.
  package func readingDMABuf(_ body: () -> Void) throws(SystemError) {
    guard clinux_sync_dmabuf(rawValue, 0) == 0 else { throw SystemError("begin to read a dma-buf") }
    body()
    // What was read is there; nothing depends on the end.
    _ = clinux_sync_dmabuf(rawValue, 1)
  }
}

extension UnixSocket {
  /// A socket that a peer made and sent, for calls that never wait; nil for anything but a Unix stream socket.
  package convenience init?(sentByPeer descriptor: Descriptor) {
    guard descriptor.peerKind() == .socket else { return nil }
    self.init(neverWaitingOn: descriptor)
  }

  /// True when the peer has received everything that was sent.
  package var isAllReceived: Bool {
    // While the kernel wakes a waiting sender, one byte of the last message is still counted. The smallest message counts
    // several hundred.
    clinux_unreceived(descriptor.rawValue) < 256
  }
}

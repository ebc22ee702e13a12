internal import LinuxIO

/// The way in which a back end sends requests of its own: a descriptor that the front end gave it.
///
/// QEMU gives a socket, user-mode Linux a pipe; both take bytes. No answer is asked for, so none is read.
struct BackEndChannel {
  private let descriptor: Descriptor

  init(_ descriptor: Descriptor) throws(SystemError) {
    try descriptor.setNonBlocking()
    self.descriptor = descriptor
  }

  /// Tells the driver to look at its configuration space again. A front end that does not read its channel has unread
  /// news of the same kind, so a full one is left alone.
  func configurationChanged() throws(SystemError) {
    _ = try descriptor.writeSome(
      Message.encode(request: BackEndRequest.configChangeMsg.rawValue, flags: .version, payload: []))
  }
}

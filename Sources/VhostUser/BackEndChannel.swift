internal import LinuxIO
internal import Wire

/// The way in which a back end sends requests of its own: a descriptor that the front end gave it.
///
/// QEMU gives a socket, user-mode Linux a pipe; both take bytes, and a socket can bring an answer.
final class BackEndChannel {
  /// What a front end has said to news of the configuration.
  enum Reply {
    /// Nothing that matters.
    case none
    /// It does not pass them on.
    case refused
    /// It closed its end, or speaks another language.
    case gone
  }

  /// What to wait on for answers; nil: none can come.
  var answers: Descriptor? { socket?.descriptor }

  private let descriptor: Descriptor
  private let socket: UnixSocket?
  private var reader = MessageReader(.replies)

  init(_ descriptor: Descriptor) throws(SystemError) {
    try descriptor.setNonBlocking()
    self.descriptor = descriptor
    socket = try descriptor.status().isSocket ? UnixSocket(descriptor) : nil
  }

  /// Tells the driver to look at its configuration space again. A front end that does not read its channel has unread
  /// news of the same kind, so a full one is left alone. With `isAnswered` it is asked whether it passed the news on,
  /// where it can say so: the answer of user-mode Linux, which has a pipe, would come where nobody expects it.
  func configurationChanged(isAnswered: Bool) throws(SystemError) {
    let flags: MessageHeader.Flags = isAnswered && socket != nil ? [.version, .needsReply] : .version
    _ = try descriptor.writeSome(
      Message.encode(request: BackEndRequest.configChangeMsg.rawValue, flags: flags, payload: []))
  }

  /// Reads what the front end has answered.
  func readReply() -> Reply {
    guard let socket else { return .none }
    do {
      switch try reader.next(from: socket) {
      case .waiting: return .none
      case .ended: return .gone
      case .message(let message):
        var payload = ByteReader(message.payload)
        return try payload.u64() == 0 ? .none : .refused
      }
    } catch {
      return .gone
    }
  }
}

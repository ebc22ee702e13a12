import LinuxIO
import Testing
import Wire

@testable import VhostUser

/// A relay between two scripted peers on one thread. It runs only in ``pump()``.
final class RelayBench {
  let loop: EventLoop
  let frontEnd: UnixSocket
  let backEnd: UnixSocket
  /// Why the relay ended.
  private(set) var end: RelayEnd?
  /// The display sockets of the front end, in order; nil for each that it did not give.
  private(set) var displays: [Descriptor?] = []
  /// What the back end gets in their place.
  var given: Descriptor?
  private(set) var relay: Relay?

  init() throws {
    loop = try EventLoop()
    let (frontEnd, front) = try UnixSocket.makePair()
    let (backEnd, back) = try UnixSocket.makePair()
    self.frontEnd = frontEnd
    self.backEnd = backEnd
    for peer in [frontEnd, backEnd] { try peer.descriptor.setNonBlocking() }
    let relay = try Relay(
      frontEnd: front, backEnd: back, scanouts: 3, loop: loop,
      displaySocket: { [unowned self] (socket) throws(SystemError) in
        displays.append(socket)
        return given
      }, ended: { [unowned self] in end = $0 })
    try relay.start()
    self.relay = relay
  }

  /// Serves until nothing is left to serve.
  func pump() throws {
    for _ in 0..<64 { try loop.runOnce(timeoutMilliseconds: 0) }
  }

  func socket(of side: RelaySide) -> UnixSocket { side == .frontEnd ? frontEnd : backEnd }

  func send(_ bytes: [UInt8], descriptors: [Descriptor] = [], by side: RelaySide) throws {
    try socket(of: side).send(bytes, descriptors: descriptors)
    try pump()
  }

  /// Everything that has arrived at a side.
  func receive(at side: RelaySide) throws -> UnixSocket.Received {
    try socket(of: side).receive(1 << 20, maximumDescriptors: 253)
  }

  /// True when a side's connection was closed.
  func isHungUp(_ side: RelaySide) -> Bool {
    while true {
      do {
        let received = try socket(of: side).receive(1 << 16)
        if received.isEnd { return true }
        if received.wouldBlock { return false }
      } catch {
        return error.isDisconnection
      }
    }
  }

  /// Lets the relay go.
  func release() {
    relay = nil
  }
}

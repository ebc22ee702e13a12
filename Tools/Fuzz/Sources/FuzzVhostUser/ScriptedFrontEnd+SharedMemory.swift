import FuzzSupport
import GuestDriver
import LinuxIO
import VhostUser
import Virtio
import Wire

/// A device that shows things in its shared memory region, and a front end that may do as it is asked.
extension ScriptedFrontEnd {
  /// Protocol features of the front end: with shared memory regions, and usually with REPLY_ACK.
  private static let protocolFeatures: [UInt64] = [0x41_a629, 0x41_a629, 0x41_a621]

  func openChannel() throws {
    let (ours, theirs) = try UnixSocket.makePair()
    try ours.descriptor.setNonBlocking()
    if choices.oneIn(4) { limitSending(theirs.descriptor) }
    channel = ours
    let features = Self.protocolFeatures[choices.below(Self.protocolFeatures.count)]
    let (bytes, none) = number(Number.setProtocolFeatures, features)
    try send(bytes, with: none)
    try send(Self.encode(Number.setBackendReqFD), with: [theirs.descriptor])
  }

  /// The device asks for something to be shown, or taken out, as often as not where it can be.
  func ask() {
    for _ in 0...choices.below(choices.oneIn(8) ? 200 : 4) {
      let offset = choices.oneIn(8) ? choices.long() : UInt64(choices.below(16)) << 12
      let count = choices.oneIn(8) ? choices.long() : 4096
      unheard += 1
      var isHeard = false
      let completion: (Bool) -> Void = { [unowned self] _ in
        require(!isHeard, "a request to the front end was completed twice")
        isHeard = true
        unheard -= 1
      }
      if choices.oneIn(3) {
        server.unmap(count: count, ofRegion: 1, at: offset, completion: completion)
      } else {
        server.map(ram.file, count: count, ofRegion: 1, at: offset, completion: completion)
      }
    }
  }

  /// The front end replies to a few requests, or sends any bytes.
  func replyOverChannel() {
    guard let channel else { return }
    if choices.oneIn(2) { _ = try? channel.receive(1 << 12) }
    for _ in 0...choices.below(3) {
      var payload = ByteWriter()
      payload.u64(choices.pick(0, 1, choices.long()))
      let request: UInt32 = choices.oneIn(8) ? choices.word() : choices.pick(9, 9, 10)
      let reply = Self.encode(request, flags: choices.oneIn(8) ? choices.word() : 5, payload.bytes)
      _ = try? channel.sendSome(choices.oneIn(16) ? choices.run(atMost: 40) : reply)
    }
  }
}
